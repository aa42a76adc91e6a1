import * as z from 'zod'
import { wholeName } from '../replication/naming/name-pattern.ts'
import { obstacleTo } from '../replication/naming/obstacle.ts'
import { createTopicFilter } from '../replication/naming/topic-filter.ts'
import { type ConnectorType, connectorTypes } from './connector-type.ts'
import { dumpSections, readDumpSettings } from './dump.ts'
import { readReplicateSettings, replicateSections } from './replicate.ts'
import { type Environment, readSections, section } from './section.ts'
import { notation, topicName, variable } from './variable.ts'

/** What a connector's mappings read, for functions that look after a connector. */
export interface ConnectorSource {
  type: ConnectorType
  /** Either names, or a pattern for names. */
  topics?: string[]
  pattern?: RegExp
  /** The ARN of the MSK cluster whose brokers are looked up when none are given. */
  mskCluster?: string
  /** The consumer group of a topic's mapping. */
  groupOf(topic: string): string
}

/** Replaced by the topic's name in a consumer group. */
export const TOPIC_PLACEHOLDER = '{topic}'

export const connectorSection = section({
  title: 'Connector',
  prefix: '',
  variables: {
    CONNECTOR_TYPE: variable(z.enum(connectorTypes), {
      description: 'What the connector does.',
      expected: `one of ${connectorTypes.join(', ')}`,
    }),
    SOURCE_TOPICS: variable(topicNames().optional(), {
      description: 'Topics that it reads, separated by commas. Not set: the caller names them.',
      expected: 'topic names separated by commas',
    }),
    SOURCE_PATTERN: variable(topicPattern().optional(), {
      description: 'Topics that it reads, as a regular expression for the whole name. Internal topics never match.',
      expected: 'a regular expression',
    }),
    SOURCE_MSK_CLUSTER: variable(
      z
        .string()
        .regex(/^arn:aws[a-z-]*:kafka:\S+$/)
        .optional(),
      {
        description: 'Amazon MSK cluster whose brokers are looked up, when SOURCE_KAFKA_BROKERS is not set.',
        expected: 'the ARN of an MSK cluster',
      },
    ),
    CONSUMER_GROUP: variable(z.string(), {
      description: 'Consumer group of each topic’s mapping; {topic} is replaced by the topic’s name.',
      expected: 'a consumer group',
    }),
  },
  rules: [
    {
      variable: 'SOURCE_TOPICS',
      expected: 'nothing, as SOURCE_PATTERN is set',
      holds: ({ SOURCE_TOPICS, SOURCE_PATTERN }) => !SOURCE_TOPICS || !SOURCE_PATTERN,
    },
  ],
  settings: ({ CONSUMER_GROUP, ...values }): ConnectorSource => ({
    type: values.CONNECTOR_TYPE,
    topics: values.SOURCE_TOPICS,
    pattern: values.SOURCE_PATTERN,
    mskCluster: values.SOURCE_MSK_CLUSTER,
    groupOf: topic => CONSUMER_GROUP.replaceAll(TOPIC_PLACEHOLDER, topic),
  }),
})

/** All environment variables of functions that look after a connector of either type. */
export const connectorSections = { ...dumpSections, ...replicateSections, connector: connectorSection }

/**
 * The settings of a connector of either type, for a function that looks after it.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readConnectorSettings(environment: Environment) {
  const { connector } = readSections({ connector: connectorSection }, environment)
  const settings =
    connector.type === 'dump'
      ? { ...readDumpSettings(environment), ...connector, type: 'dump' as const }
      : { ...readReplicateSettings(environment), ...connector, type: 'replicate' as const }
  const { abnormalDataTopic, deadLetterTopic } = settings.failure
  const deadLetters = [...new Set([abnormalDataTopic, deadLetterTopic])].filter(topic => topic !== undefined)
  return { ...settings, deadLetters, ...exclusion(settings, deadLetters) }
}

export type ConnectorSettings = ReturnType<typeof readConnectorSettings>

interface TopicExclusion {
  /** Whether the connector never reads a topic, whatever its pattern. */
  isExcluded(topic: string): boolean
  /** Why nothing comes of a topic that the connector reads, to follow the topic's name; undefined for all others. */
  obstacleTo(topic: string): string | undefined
}

function exclusion(
  settings: { type: 'dump' } | ({ type: 'replicate' } & ReturnType<typeof readReplicateSettings>),
  own: string[],
): TopicExclusion {
  if (settings.type === 'dump') {
    const isExcluded = (topic: string) => own.includes(topic)
    return {
      isExcluded,
      obstacleTo: topic => (isExcluded(topic) ? 'is not dumped: it receives failed records' : undefined),
    }
  }
  const { replication: names } = settings
  const filter = createTopicFilter({ ...names, mapped: names.mapping.keys(), own })
  return {
    isExcluded: topic => filter(topic) !== undefined,
    obstacleTo: topic => obstacleTo(topic, { ...names, filter }),
  }
}

function topicNames() {
  return z
    .string()
    .transform(text => text.split(','))
    .pipe(z.array(topicName()))
}

function topicPattern() {
  return notation(text => {
    try {
      return wholeName(text)
    } catch {
      return undefined
    }
  })
}
