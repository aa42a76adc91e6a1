import * as z from 'zod'
import {
  DEFAULT_SEPARATOR,
  identityPolicy,
  mappingPolicy,
  type ReplicationPolicy,
  renamingPolicy,
  singleTopicPolicy,
} from '../replication/naming/policy.ts'
import { section } from './section.ts'
import { flag, json, TOPIC_NAME_EXPECTED, topicName, variable } from './variable.ts'

const replicationPolicies = ['default', 'identity'] as const

const ALIAS_EXPECTED = '1 to 20 letters, digits, hyphens or underscores'

/** Which cluster is replicated to which, and how topics are named. */
export interface ReplicationSettings {
  sourceAlias: string
  targetAlias: string
  policy: ReplicationPolicy
  separator: string
  /** Target topic by source topic, as declared; empty without a mapping. */
  mapping: ReadonlyMap<string, string>
  addSourceHeader: boolean
  /** Valid settings that may not be what was intended, for the log. Each begins with the variable's name. */
  warnings: string[]
}

/** Aliases, naming and loop prevention, shared by `replicate`, `sync-topics` and `sync-offsets` of one connector. */
export const replicationSection = section({
  title: 'Replication',
  prefix: '',
  variables: {
    SOURCE_ALIAS: variable(alias().optional(), {
      description: 'Name of the source cluster. Required when topics or headers contain it.',
      expected: ALIAS_EXPECTED,
    }),
    TARGET_ALIAS: variable(alias().optional(), {
      description: 'Name of the target cluster. Required when topics or headers contain it.',
      expected: ALIAS_EXPECTED,
    }),
    REPLICATION_POLICY: variable(z.enum(replicationPolicies).optional(), {
      description:
        'default: topics are renamed to source alias, separator, topic. identity: topics keep their names. Not set: ' +
        'default, unless TOPIC_MAPPING or TARGET_TOPIC is set.',
      expected: `one of ${replicationPolicies.join(', ')}`,
    }),
    SEPARATOR: variable(
      z
        .string()
        .regex(/^[._-]{1,5}$/)
        .default(DEFAULT_SEPARATOR),
      {
        description: 'Separator of alias and topic in a renamed topic.',
        expected: '1 to 5 dots, hyphens or underscores',
      },
    ),
    TOPIC_MAPPING: variable(topicMapping().optional(), {
      description: 'Target topic for each source topic, as JSON. Other topics keep their names.',
      expected: 'a JSON object of topic names, without a cycle, such as {"orders":"shop-orders"}',
    }),
    TARGET_TOPIC: variable(topicName().optional(), {
      description: 'Single target topic for all records.',
      expected: TOPIC_NAME_EXPECTED,
      fallback: 'kafka_topic_name',
    }),
    ADD_SOURCE_HEADER: variable(flag().default(false), {
      description: 'Adds the source’s alias to each record as a header, so that records can’t return to it.',
      expected: 'true or false',
    }),
  },
  rules: [
    {
      variable: 'REPLICATION_POLICY',
      expected: 'nothing, as TOPIC_MAPPING is set, which excludes renaming',
      holds: ({ REPLICATION_POLICY, TOPIC_MAPPING }) => !(TOPIC_MAPPING && REPLICATION_POLICY === 'default'),
    },
    {
      variable: 'REPLICATION_POLICY',
      expected: 'nothing, as TARGET_TOPIC (kafka_topic_name) is set',
      holds: ({ REPLICATION_POLICY, TARGET_TOPIC }) => !(TARGET_TOPIC && REPLICATION_POLICY),
    },
    {
      variable: 'TOPIC_MAPPING',
      expected: 'nothing, as TARGET_TOPIC (kafka_topic_name) is set',
      holds: ({ TOPIC_MAPPING, TARGET_TOPIC }) => !(TOPIC_MAPPING && TARGET_TOPIC),
    },
    ...(['SOURCE_ALIAS', 'TARGET_ALIAS'] as const).map(name => ({
      variable: name,
      expected: `${ALIAS_EXPECTED}, as topics or headers contain it`,
      holds: (values: Partial<Values>) => !namesAfterAliases(values) || !(name in values) || !!values[name],
    })),
    {
      variable: 'TARGET_ALIAS',
      expected: 'another name than SOURCE_ALIAS',
      holds: ({ SOURCE_ALIAS, TARGET_ALIAS }) => SOURCE_ALIAS === undefined || SOURCE_ALIAS !== TARGET_ALIAS,
    },
    ...(['SOURCE_ALIAS', 'TARGET_ALIAS'] as const).map(name => ({
      variable: name,
      expected: 'a name that can be distinguished from SEPARATOR, or another SEPARATOR',
      holds: (values: Partial<Values>) => !renames(values) || isDistinct(values[name], values.SEPARATOR),
    })),
  ],
  settings: (values): ReplicationSettings => {
    const { SOURCE_ALIAS = 'source', TARGET_ALIAS = 'target', TOPIC_MAPPING, ADD_SOURCE_HEADER } = values
    return {
      sourceAlias: SOURCE_ALIAS,
      targetAlias: TARGET_ALIAS,
      policy: policyOf(values),
      separator: values.SEPARATOR,
      mapping: TOPIC_MAPPING ?? new Map(),
      addSourceHeader: ADD_SOURCE_HEADER,
      warnings: warningsOf(values),
    }
  },
})

interface Values {
  SOURCE_ALIAS?: string
  TARGET_ALIAS?: string
  REPLICATION_POLICY?: (typeof replicationPolicies)[number]
  SEPARATOR: string
  TOPIC_MAPPING?: ReadonlyMap<string, string>
  TARGET_TOPIC?: string
  ADD_SOURCE_HEADER: boolean
}

function policyOf({ SEPARATOR, TOPIC_MAPPING, TARGET_TOPIC, REPLICATION_POLICY }: Values): ReplicationPolicy {
  if (TARGET_TOPIC) return singleTopicPolicy(TARGET_TOPIC)
  if (TOPIC_MAPPING) return mappingPolicy(TOPIC_MAPPING)
  return REPLICATION_POLICY === 'identity' ? identityPolicy : renamingPolicy(SEPARATOR)
}

function renames({ REPLICATION_POLICY, TOPIC_MAPPING, TARGET_TOPIC }: Partial<Values>): boolean {
  return REPLICATION_POLICY === 'default' || !(REPLICATION_POLICY || TOPIC_MAPPING || TARGET_TOPIC)
}

function namesAfterAliases(values: Partial<Values>): boolean {
  return renames(values) || !!values.ADD_SOURCE_HEADER
}

/** Whether the alias can be parsed from a topic. `a-b` with the separator `-` would be the topic `b…` of the cluster `a`. */
function isDistinct(alias: string | undefined, separator: string | undefined): boolean {
  if (alias === undefined || separator === undefined) return true
  const policy = renamingPolicy(separator)
  return policy.sourceOf(policy.remoteTopic(alias, 'topic')) === alias
}

function warningsOf(values: Values): string[] {
  const { SOURCE_ALIAS = '', TARGET_ALIAS = '', ADD_SOURCE_HEADER } = values
  const warnings: string[] = []
  const [short = '', long = ''] = [SOURCE_ALIAS, TARGET_ALIAS].toSorted((a, b) => a.length - b.length)
  if (short !== '' && long.startsWith(short)) {
    warnings.push(
      `${short === SOURCE_ALIAS ? 'SOURCE_ALIAS' : 'TARGET_ALIAS'}: ${short} is a prefix of ${long}; patterns for ` +
        `its topics should end with the separator`,
    )
  }
  if (!renames(values) && !ADD_SOURCE_HEADER) {
    warnings.push(
      'ADD_SOURCE_HEADER: without it and without renaming, a record that another connector sends back is replicated again',
    )
  }
  return warnings
}

function alias() {
  return z.string().regex(/^[A-Za-z0-9_-]{1,20}$/)
}

function topicMapping() {
  return json()
    .pipe(z.record(topicName(), topicName()))
    .transform(mapping => new Map(Object.entries(mapping)))
    .refine(mapping => mapping.size > 0 && ![...mapping.keys()].some(topic => isInCycle(mapping, topic)))
}

/** Whether following the mapping leads back to the topic through others. A topic mapped to itself is not a cycle. */
function isInCycle(mapping: ReadonlyMap<string, string>, topic: string): boolean {
  let next = mapping.get(topic)
  if (next === topic) return false
  for (let steps = 0; next !== undefined && steps < mapping.size; steps++) {
    if (next === topic) return true
    next = mapping.get(next)
  }
  return false
}
