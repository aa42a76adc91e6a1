import * as z from 'zod'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import { codecNames } from '../kafka/codec.ts'
import { partitionerNames } from '../kafka/produce/partitioner.ts'
import { wholeName } from '../replication/naming/name-pattern.ts'
import { failureSections, logSection, readSinkFaults } from './failure.ts'
import type { VariableFault } from './fault.ts'
import { kafkaSection } from './kafka.ts'
import { offsetTopicsSection } from './offset-topics.ts'
import { replicationSection } from './replication.ts'
import { type Environment, readSections, section } from './section.ts'
import { topicSettingsSection } from './topic-settings.ts'
import { flag, patterns, patternsDescription, replicaCount, variable } from './variable.ts'

export const targetSection = section({
  title: 'Records and topics on the target',
  prefix: '',
  variables: {
    PARTITIONER: variable(z.enum(partitionerNames).default('same'), {
      description:
        'Partition on the target. same: the source’s partition; the target topic gets as many partitions. key: by the ' +
        'key, as Kafka’s own producer. round-robin: each in turn.',
      expected: `one of ${partitionerNames.join(', ')}`,
    }),
    COMPRESSION_TYPE: variable(z.enum(codecNames).default('none'), {
      description: 'Compression of records that are sent to the target.',
      expected: `one of ${codecNames.join(', ')}`,
    }),
    EXACTLY_ONCE: variable(flag().default(false), {
      description:
        'Writes records and their offset sync to the target in one transaction, and skips records that are already there. ' +
        'Consumers on the target need isolation.level=read_committed.',
      expected: 'true or false',
    }),
    REPLICAS: variable(replicaCount().default(-1), {
      description: 'Replicas of target topics that are created; -1 for the broker’s default.',
      expected: 'a whole number from 1 to 32767, or -1',
    }),
  },
  rules: [
    {
      variable: 'PARTITIONER',
      expected: 'same, as EXACTLY_ONCE is true and requires the same partitions on both clusters',
      holds: ({ PARTITIONER, EXACTLY_ONCE }) => !EXACTLY_ONCE || PARTITIONER === 'same',
    },
  ],
  settings: ({ PARTITIONER, COMPRESSION_TYPE, EXACTLY_ONCE, REPLICAS }) => ({
    partitioner: PARTITIONER,
    compression: COMPRESSION_TYPE,
    exactlyOnce: EXACTLY_ONCE,
    replicas: REPLICAS,
  }),
})

/** Both clusters and the naming between them, shared by all functions of one replication. */
export const clusterSections = {
  replication: replicationSection,
  source: kafkaSection('Source cluster', 'SOURCE_KAFKA_'),
  target: kafkaSection('Target cluster', 'TARGET_KAFKA_', { aliases: { BROKERS: 'kafka_address' } }),
}

/** All environment variables of the function `replicate`. */
export const replicateSections = {
  ...clusterSections,
  records: targetSection,
  topicSettings: topicSettingsSection,
  offsets: offsetTopicsSection,
  failure: failureSections.replicate,
}

const topicsSection = section({
  title: 'Synchronized topics',
  prefix: '',
  variables: {
    TOPICS: variable(patterns().default(['.*']), {
      description: 'Source topics: regular expressions for the whole name, separated by commas. Not set: all.',
      ...patternsDescription,
    }),
    SYNC_ACLS: variable(flag().default(false), {
      description: 'Copies the permissions to read a topic to its remote topic on the target.',
      expected: 'true or false',
    }),
  },
  rules: [],
  settings: ({ TOPICS, SYNC_ACLS }) => ({ topics: wholeName(TOPICS.join('|')), syncAcls: SYNC_ACLS }),
})

/** All environment variables of the function `sync-topics`. */
export const syncTopicsSections = {
  ...clusterSections,
  topicSettings: topicSettingsSection,
  topics: topicsSection,
  log: logSection,
}

/**
 * The settings of the function `replicate`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readReplicateSettings(environment: Environment) {
  const exactlyOnce = environment.EXACTLY_ONCE === 'true'
  const needsSource = ['DEAD_LETTER_TOPIC', 'ABNORMAL_DATA_TOPIC'].find(name => environment[name])
  const faults = [
    ...clusterFaults(environment, exactlyOnce ? 'the source cluster, as EXACTLY_ONCE is true' : needsSource),
    ...sameBrokers(environment),
    ...readSinkFaults(environment, mappedTopics(environment)),
    ...(exactlyOnce && environment.OFFSET_SYNCS_LOCATION !== 'target'
      ? [
          {
            variable: 'OFFSET_SYNCS_LOCATION',
            expected: 'target, as EXACTLY_ONCE is true and a transaction can’t span two clusters',
          },
        ]
      : []),
  ]
  const { target, ...settings } = readSections(replicateSections, environment, faults)
  return { ...settings, target: target as KafkaSettings }
}

/** The source topics that the mapping names; none if it is wrong, which its own section reports. */
function mappedTopics({ TOPIC_MAPPING }: Environment): Iterable<string> {
  return replicationSection.variables.TOPIC_MAPPING.safeParse(TOPIC_MAPPING || undefined).data?.keys() ?? []
}

/**
 * The settings of the function `sync-topics`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readSyncTopicsSettings(environment: Environment) {
  const faults = [...clusterFaults(environment, 'the source cluster'), ...sameBrokers(environment)]
  const { source, target, ...settings } = readSections(syncTopicsSections, environment, faults)
  return { ...settings, source: source as KafkaSettings, target: target as KafkaSettings }
}

const brokersOf = (environment: Environment, role: 'SOURCE' | 'TARGET') =>
  environment[`${role}_KAFKA_BROKERS`] || (role === 'TARGET' && environment.kafka_address) || ''

/**
 * Faults for missing brokers.
 *
 * @param sourceFor what the source's brokers are needed for; absent: they are optional
 */
export function clusterFaults(environment: Environment, sourceFor: string | undefined): VariableFault[] {
  const missing = (variable: string, cluster: string) => ({
    variable,
    expected: `the brokers of ${cluster}`,
    got: 'nothing',
  })
  return [
    ...(sourceFor && !brokersOf(environment, 'SOURCE') ? [missing('SOURCE_KAFKA_BROKERS', sourceFor)] : []),
    ...(brokersOf(environment, 'TARGET') ? [] : [missing('TARGET_KAFKA_BROKERS', 'the target cluster')]),
  ]
}

/** A fault when the clusters share a broker. Different addresses of the same cluster are found on first use. */
export function sameBrokers(environment: Environment): VariableFault[] {
  const listed = (text: string) => text.split(',').map(broker => broker.trim().toLowerCase())
  const source = new Set(listed(brokersOf(environment, 'SOURCE')))
  const common = listed(brokersOf(environment, 'TARGET')).find(broker => broker !== '' && source.has(broker))
  return common
    ? [
        {
          variable: 'TARGET_KAFKA_BROKERS',
          expected: 'another cluster than SOURCE_KAFKA_BROKERS',
          got: `${common} in both`,
        },
      ]
    : []
}
