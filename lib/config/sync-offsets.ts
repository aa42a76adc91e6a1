import { z } from 'zod'
import type { KafkaConnection } from '../kafka/connection.ts'
import { defaultGroups, wholeName } from '../replication/consumer-offsets-groups.ts'
import { offsetMapTopic, offsetSyncsTopic } from '../replication/offset-sync.ts'
import { failureSection } from './failure.ts'
import { clusterSections } from './replicate.ts'
import type { ReplicationSettings } from './replication.ts'
import { type Environment, readSections, section } from './section.ts'
import { flag, variable } from './variable.ts'

const locations = ['source', 'target'] as const

/** Where the offset topics are: what `replicate` and `sync-offsets` of one connector share. */
export const offsetTopicsSection = section({
  title: 'Offset syncs',
  prefix: '',
  variables: {
    OFFSET_SYNCS_LOCATION: variable(z.enum(locations).default('source'), {
      description: 'Cluster on which it is kept where source records are on the target.',
      expected: `one of ${locations.join(', ')}`,
    }),
    INTERNAL_TOPIC_REPLICAS: variable(replicas().default(-1), {
      description: 'Replicas of topics for offset syncs, checkpoints and heartbeats; -1 for the broker’s default.',
      expected: 'a whole number from 1 to 32767, or -1',
    }),
  },
  rules: [],
  settings: values => ({ location: values.OFFSET_SYNCS_LOCATION, replicas: values.INTERNAL_TOPIC_REPLICAS }),
})

const groupsSection = section({
  title: 'Consumer groups',
  prefix: '',
  variables: {
    GROUPS: variable(patterns().default(defaultGroups.include), {
      description: 'Groups whose offsets are translated: regular expressions for the whole name, separated by commas.',
      expected: 'regular expressions, separated by commas',
    }),
    GROUPS_EXCLUDE: variable(patterns().default(defaultGroups.exclude), {
      description: 'Groups of these that are left out, likewise.',
      expected: 'regular expressions, separated by commas',
    }),
    SYNC_CONSUMER_OFFSETS: variable(flag().default(false), {
      description: 'Whether translated offsets are set on the target for groups without members there.',
      expected: 'true or false',
    }),
  },
  rules: [],
  settings: ({ GROUPS, GROUPS_EXCLUDE, SYNC_CONSUMER_OFFSETS }) => ({
    patterns: { include: GROUPS, exclude: GROUPS_EXCLUDE },
    syncConsumerOffsets: SYNC_CONSUMER_OFFSETS,
  }),
})

const { CONNECTOR_NAME, LOG_LEVEL } = failureSection.variables

const logSection = section({
  title: 'Logs',
  prefix: '',
  variables: { CONNECTOR_NAME, LOG_LEVEL },
  rules: [],
  settings: values => ({ connector: values.CONNECTOR_NAME, logLevel: values.LOG_LEVEL }),
})

/** All environment variables of the function `sync-offsets`. */
export const syncOffsetsSections = {
  ...clusterSections,
  offsets: offsetTopicsSection,
  groups: groupsSection,
  log: logSection,
}

/**
 * The settings of the function `sync-offsets`.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readSyncOffsetsSettings(environment: Environment) {
  const missing = (name: string, role: string) => `${name}: expected the brokers of the ${role} cluster, got nothing`
  const faults = [
    ...(environment.SOURCE_KAFKA_BROKERS ? [] : [missing('SOURCE_KAFKA_BROKERS', 'source')]),
    ...(environment.TARGET_KAFKA_BROKERS || environment.kafka_address
      ? []
      : [missing('TARGET_KAFKA_BROKERS', 'target')]),
  ]
  const { source, target, ...settings } = readSections(syncOffsetsSections, environment, faults)
  return { ...settings, source: source as KafkaConnection, target: target as KafkaConnection }
}

/** Names of the offset topics: after the other cluster than the one that they are on, as with MirrorMaker 2. */
export function offsetTopics(
  location: (typeof locations)[number],
  { sourceAlias, targetAlias, separator }: Pick<ReplicationSettings, 'sourceAlias' | 'targetAlias' | 'separator'>,
) {
  const alias = location === 'source' ? targetAlias : sourceAlias
  return { topic: offsetSyncsTopic(alias, separator), mapTopic: offsetMapTopic(alias, separator) }
}

function patterns() {
  return z
    .string()
    .transform(text => text.split(',').map(pattern => pattern.trim()))
    .refine(list => list.every(isPattern))
}

function isPattern(text: string): boolean {
  try {
    return text !== '' && wholeName(text) !== undefined
  } catch {
    return false
  }
}

function replicas() {
  return z
    .string()
    .regex(/^(-1|[1-9]\d{0,4})$/)
    .transform(Number)
    .pipe(z.number().max(32_767))
}
