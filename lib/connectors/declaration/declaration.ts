import { z } from 'zod'
import type { ConnectorType } from '../../config/connector-type.ts'
import { dumpSections } from '../../config/dump.ts'
import { failureSection } from '../../config/failure.ts'
import { replicateSections, syncTopicsSections } from '../../config/replicate.ts'
import { replicationSection } from '../../config/replication.ts'
import type { Section } from '../../config/section.ts'
import { syncOffsetsSections } from '../../config/sync-offsets.ts'
import { topicName } from '../../config/variable.ts'
import { clusterShape } from './cluster.ts'
import { deadLetterSchema } from './dead-letter.ts'
import { KMS_KEY_EXPECTED, key, kmsKeyArn, orIntrinsic } from './key.ts'
import { schemaRegistrySchema } from './schema-registry.ts'
import { schemasOf, variableKeys, variableKeysOfAll } from './variable-key.ts'

/** Where connectors are declared, under `custom` in serverless.yml. */
export const DECLARATION_NAME = 'connectors'

const directions = ['push', 'pull', 'both'] as const
const positions = ['earliest', 'latest'] as const

/** The keys of a dump's `to`: every variable of the function except those that all connectors share. */
export const dumpTargetKeys = variableKeysOfAll(sectionsBut(dumpSections, 'failure', 'source'), {
  names: { OBJECT_PREFIX: 'prefix', OBJECT_PARTITIONER: 'partitioner', OBJECT_KEY_TEMPLATE: 'keyTemplate' },
})

/** The keys of a replication's `to` in addition to those of the cluster. */
export const replicateTargetKeys = variableKeysOfAll(sectionsBut(replicateSections, 'failure', 'source', 'target'), {
  names: { TARGET_ALIAS: 'alias', REPLICATION_POLICY: 'policy', COMPRESSION_TYPE: 'compression' },
  without: ['SOURCE_ALIAS'],
})

/** The key of a replication's `source` in addition to those of the cluster. */
export const aliasKeys = variableKeys(onlyVariable(replicationSection, 'SOURCE_ALIAS'), {
  names: { SOURCE_ALIAS: 'alias' },
})

/** How failures and logs are dealt with, without the variables that the plugin sets itself. */
export const failureKeys = variableKeys(failureSection, {
  without: ['PARTIAL_BATCH_RESPONSES', 'DEAD_LETTER_TOPIC', 'CONNECTOR_NAME', 'SERVICE_NAME'],
})

/** Those of {@link failureKeys} that functions read which deliver no records. */
export const logKeys = variableKeys(syncOffsetsSections.log, { without: ['CONNECTOR_NAME', 'SERVICE_NAME'] })

export const syncOffsetsKeys = variableKeys(syncOffsetsSections.groups)
export const syncTopicsKeys = variableKeys(syncTopicsSections.topics, { without: ['TOPICS'] })

/** Source: AWS Lambda Developer Guide, "Control which events Lambda sends to your function". */
const MAX_FILTERS = 10

const source = {
  ...clusterShape,
  topics: key(z.array(topicName()).min(1).optional(), {
    description: 'Topics, by name.',
    expected: 'a list of topic names (1 to 249 letters, digits, dots, hyphens or underscores each)',
  }),
  pattern: key(z.string().refine(isPattern).optional(), {
    description: 'Topics, by a regular expression for the whole name. Internal ones never match.',
    expected: 'a regular expression',
  }),
  startFrom: key(z.union([z.enum(positions), pastTime()]).default('earliest'), {
    description: 'Where a consumer group without committed offsets begins.',
    expected: `one of ${positions.join(', ')}, or a time in the past such as 2026-01-31T00:00:00Z`,
    defaultText: '`earliest`',
  }),
  consumerGroup: key(
    z
      .string()
      .regex(/^([a-zA-Z0-9\-/*:_+=.@]|\{topic\}){1,200}$/)
      .optional(),
    {
      description:
        'Consumer group. AWS wants one for each topic: `{topic}` stands for its name; without it, and with more than ' +
        'one topic or with `pattern`, `-` and the topic’s name are added.',
      expected: '1 to 200 letters, digits or any of -/*:_+=.@, or {topic}',
      defaultText: '`<service>-<stage>-<connector>-<topic>`',
    },
  ),
  filters: key(z.array(z.looseObject({})).min(1).max(MAX_FILTERS).optional(), {
    description:
      'Records that are taken, as filter patterns of Lambda for their values. All others are skipped. AWS allows five, ' +
      `and ${MAX_FILTERS} to accounts that have asked for it.`,
    expected: `a list of 1 to ${MAX_FILTERS} filter patterns such as { value: { type: [order] } }`,
  }),
  filtersKmsKey: key(kmsKeyArn().optional(), {
    description: 'Key with which Lambda encrypts the filters, when it is not AWS’s own.',
    expected: KMS_KEY_EXPECTED,
  }),
  schemaRegistry: schemaRegistrySchema,
}

/** Records that a connector may be behind for a while, when nothing else is declared. */
export const DEFAULT_LAG = 100_000

/** Seconds that an invocation may take. Source: AWS Lambda quotas. */
export const MAX_TIMEOUT_S = 900

/** Source: Amazon CloudWatch Logs API, PutRetentionPolicy. */
const logRetentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Source: AWS Lambda, "Kafka event source mapping logging". */
const pollerLogLevels = ['DEBUG', 'INFO', 'WARN'] as const

const batch = z
  .strictObject({
    size: key(z.int().min(1).max(10_000).optional(), {
      description: 'Most records of one invocation.',
      expected: 'a whole number from 1 to 10000',
      defaultText: '`10000` for a dump, `1000` for a replication',
    }),
    windowSeconds: key(z.int().min(0).max(300).optional(), {
      description: 'Longest wait for a batch to fill.',
      expected: 'a whole number from 0 to 300',
      defaultText: '`60` for a dump, `1` for a replication',
    }),
  })
  .optional()

const concurrency = z
  .strictObject({
    minimumPollers: key(z.int().min(1).max(200).default(1), {
      description: 'Pollers that are always there.',
      expected: 'a whole number from 1 to 200',
      defaultText: '`1`',
    }),
    maximumPollers: key(z.int().min(1).max(2000).default(200), {
      description: 'Pollers at most. One carries up to 5 MB/s.',
      expected: 'a whole number from 1 to 2000',
      defaultText: '`200`',
    }),
    pollerGroup: key(
      z
        .string()
        .regex(/^[a-zA-Z0-9_-]{1,128}$/)
        .optional(),
      {
        description: 'Name under which mappings of one VPC share pollers.',
        expected: '1 to 128 letters, digits, hyphens or underscores',
      },
    ),
    logLevel: key(z.enum(pollerLogLevels).optional(), {
      description: 'Least level that the pollers themselves log, into the log of the function.',
      expected: `one of ${pollerLogLevels.join(', ')}`,
      defaultText: 'they log nothing',
    }),
  })
  .optional()

const retries = z
  .strictObject({
    attempts: key(z.int().min(-1).max(10_000).optional(), {
      description: 'How often a failed batch is repeated; -1 for until it expires.',
      expected: 'a whole number from 0 to 10000, or -1',
      defaultText: '`-1`; `10` with `deadLetter`',
    }),
    maximumRecordAgeSeconds: key(
      z
        .int()
        .refine(age => age === -1 || (age >= 60 && age <= 604_800))
        .optional(),
      {
        description: 'Age at which a failed record is given up; -1 for never.',
        expected: 'a whole number from 60 to 604800, or -1',
        defaultText: '`-1`',
      },
    ),
    bisect: key(z.boolean().default(false), {
      description: 'Whether a failed batch is repeated in halves, so that one bad record doesn’t hold up the others.',
      expected: 'true or false',
      defaultText: '`false`',
    }),
  })
  .optional()

const common = {
  source: z.strictObject(source),
  batch,
  concurrency,
  retries,
  ...schemasOf(failureKeys),
  deadLetter: key(deadLetterSchema().optional(), {
    description:
      'Where what can’t be delivered goes: a topic of the source cluster for records, or the ARN of an SQS queue, an ' +
      'SNS topic or an S3 bucket for batches whose invocation failed. `sqs: !GetAtt …` and the like for a queue of the ' +
      'service, with `kmsKey` where it is encrypted with a key of your own.',
    expected: `a topic name, or the ARN of an SQS queue, an SNS topic or an S3 bucket; as kmsKey ${KMS_KEY_EXPECTED}`,
  }),
  enabled: key(z.boolean().default(true), {
    description: 'false: everything is there, but nothing is read.',
    expected: 'true or false',
    defaultText: '`true`',
  }),
  memorySize: key(z.int().min(128).max(10_240).default(1024), {
    description: 'Memory of the function in MB. The processor’s share grows with it, up to 1769 MB for one.',
    expected: 'a whole number from 128 to 10240',
    defaultText: '`1024`',
  }),
  timeoutSeconds: key(z.int().min(1).max(MAX_TIMEOUT_S).default(60), {
    description: 'Longest time of an invocation.',
    expected: `a whole number from 1 to ${MAX_TIMEOUT_S}`,
    defaultText: '`60`',
  }),
  logRetentionDays: key(z.literal(logRetentions).optional(), {
    description: 'Days after which lines of the function’s log are deleted.',
    expected: `one of ${logRetentions.join(', ')}`,
    defaultText: '`provider.logRetentionInDays`, else `14`',
  }),
  alarms: z
    .strictObject({
      lag: key(z.int().min(1).default(DEFAULT_LAG), {
        description: 'Records that a topic may be behind for a quarter of an hour.',
        expected: 'a whole number from 1',
        defaultText: `\`${DEFAULT_LAG}\``,
      }),
      notify: key(
        z
          .array(orIntrinsic(z.string().regex(/^arn:aws[a-z-]*:\S+$/)))
          .min(1)
          .max(5)
          .optional(),
        {
          description: 'Where alarms go, such as an SNS topic.',
          expected: 'a list of 1 to 5 ARNs',
          defaultText: 'nowhere: they show in CloudWatch',
        },
      ),
    })
    .optional(),
  tags: key(z.record(z.string().min(1).max(128), z.string().max(256)).optional(), {
    description: 'Tags of the function and its mappings, beside `connector`.',
    expected: 'names with texts',
  }),
}

const dump = z.strictObject({
  type: z.literal('dump'),
  ...common,
  to: z.strictObject({
    ...schemasOf(dumpTargetKeys),
    createBucket: key(z.boolean().default(false), {
      description: 'Whether the service makes the bucket. It is kept when the service is removed.',
      expected: 'true or false',
      defaultText: '`false`',
    }),
    retentionDays: key(z.int().min(1).max(36_500).optional(), {
      description: 'Days after which objects of the prefix are deleted. Needs `createBucket`.',
      expected: 'a whole number from 1 to 36500',
      defaultText: 'objects are kept',
    }),
  }),
})

const replicate = z.strictObject({
  type: z.literal('replicate'),
  ...common,
  source: z.strictObject({ ...source, ...schemasOf(aliasKeys) }),
  to: z.strictObject({ ...clusterShape, ...schemasOf(replicateTargetKeys) }),
  direction: key(z.enum(directions).default('push'), {
    description:
      'push: from `source` to `to`. pull: the other way. both: a connector for each way, called `<name>-push` and ' +
      '`<name>-pull`. `topics` or `pattern` are those of the cluster that is read.',
    expected: `one of ${directions.join(', ')}`,
    defaultText: '`push`',
  }),
  syncOffsets: z.strictObject(schemasOf(syncOffsetsKeys)).optional(),
  syncTopics: z.strictObject(schemasOf(syncTopicsKeys)).optional(),
})

/** One connector as it is declared, by its type. */
export const declarationSchemas = { dump, replicate } satisfies Record<ConnectorType, z.ZodObject>

export type DumpDeclaration = z.output<typeof dump>
export type ReplicateDeclaration = z.output<typeof replicate>
export type ConnectorDeclaration = DumpDeclaration | ReplicateDeclaration

/** What a connector reads. Only a replication's source has an alias. */
export type SourceDeclaration = DumpDeclaration['source'] & Partial<Pick<ReplicateDeclaration['source'], 'alias'>>

/** The sections without those whose variables are declared elsewhere. */
function sectionsBut<Sections extends object, Name extends keyof Sections>(
  sections: Sections,
  ...names: Name[]
): Omit<Sections, Name> {
  const kept = Object.entries(sections).filter(([name]) => !names.includes(name as Name))
  return Object.fromEntries(kept) as Omit<Sections, Name>
}

/** A section with one of its variables only. */
function onlyVariable<Shape extends z.ZodRawShape, Name extends keyof Shape & string>(
  { variables, ...section }: Section<Shape, unknown>,
  name: Name,
): Section<Pick<Shape, Name>, unknown> {
  return {
    ...section,
    variables: { [name]: variables[name] } as Pick<Shape, Name>,
    rules: [],
    settings: () => undefined,
  }
}

function isPattern(text: string): boolean {
  try {
    return text !== '' && topicPattern(text) !== undefined
  } catch {
    return false
  }
}

/** @throws SyntaxError */
export function topicPattern(text: string): RegExp {
  return new RegExp(`^(?:${text})$`)
}

/** YAML makes a date of a time without quotes. */
function pastTime() {
  return z
    .union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))])
    .refine(time => time.getTime() <= Date.now())
}
