import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { PartitionerName } from '../kafka/produce/partitioner.ts'
import { type DumpPlace, parsePlaces } from '../restore/notation.ts'
import type { RestoreRequest } from '../restore/request.ts'
import { dumpedSection } from './dumped.ts'
import { logSection } from './failure.ts'
import type { VariableFault } from './fault.ts'
import { kafkaSection } from './kafka.ts'
import { clusterFaults, targetSection } from './replicate.ts'
import { type ReplicationSettings, replicationSection } from './replication.ts'
import { requestSection } from './restore-request.ts'
import { type Environment, type Output, readSections, section } from './section.ts'
import { storeSection } from './store.ts'
import { topicSettingsSection } from './topic-settings.ts'
import { flag, variable } from './variable.ts'

/** The alias of what is restored, which is part of the names of the offset topics. */
const SOURCE_ALIAS = 'restore'

type Names = Output<typeof replicationSection.variables>

/** A restore renames no topic unless it is told to. */
function named<Values extends Partial<Names>>(values: Values): Values {
  const { SOURCE_ALIAS: alias = SOURCE_ALIAS, REPLICATION_POLICY, TOPIC_MAPPING, TARGET_TOPIC } = values
  const isTold = REPLICATION_POLICY || TOPIC_MAPPING || TARGET_TOPIC
  return { ...values, SOURCE_ALIAS: alias, REPLICATION_POLICY: isTold ? REPLICATION_POLICY : 'identity' }
}

const { TARGET_ALIAS, TOPIC_MAPPING, TARGET_TOPIC, SEPARATOR, ADD_SOURCE_HEADER } = replicationSection.variables

/** How topics are named on the target. */
export const restoredNamesSection = section({
  title: 'Names on the target',
  prefix: '',
  variables: {
    SOURCE_ALIAS: variable(replicationSection.variables.SOURCE_ALIAS.clone(), {
      description:
        'Name of what is restored, in topics that are renamed and in the names of the offset topics. Not set: restore.',
      expected: '1 to 20 letters, digits, hyphens or underscores',
    }),
    TARGET_ALIAS,
    REPLICATION_POLICY: variable(replicationSection.variables.REPLICATION_POLICY.clone(), {
      description:
        'identity: topics keep their names. default: topics are renamed to source alias, separator, topic. Not set: identity.',
      expected: 'one of default, identity',
    }),
    ...{ SEPARATOR, TOPIC_MAPPING, TARGET_TOPIC, ADD_SOURCE_HEADER },
  },
  rules: replicationSection.rules.map(rule => ({
    ...rule,
    holds: (values: Partial<Names>) => rule.holds(named(values)),
  })),
  settings: (values): ReplicationSettings => replicationSection.settings(named(values)),
})

const { PARTITIONER, COMPRESSION_TYPE, REPLICAS } = targetSection.variables

/** How records get to the target. Unlike a replication, a restore knows the offsets of any partitioner, so each may be exactly once. */
export const restoredRecordsSection = section({
  title: 'Records and topics on the target',
  prefix: '',
  variables: {
    PARTITIONER,
    COMPRESSION_TYPE,
    EXACTLY_ONCE: variable(flag().default(true), {
      description:
        'Writes records and their offsets to the target in one transaction, so that a restore that is ended and run again ' +
        'produces none twice. false: at least once.',
      expected: 'true or false',
    }),
    REPLICAS,
  },
  rules: [],
  settings: targetSection.settings,
})

/** All environment variables of the function `restore`. */
export const restoreSections = {
  store: storeSection,
  dump: dumpedSection,
  request: requestSection,
  replication: restoredNamesSection,
  records: restoredRecordsSection,
  topicSettings: topicSettingsSection,
  target: kafkaSection('Target cluster', 'TARGET_KAFKA_', { aliases: { BROKERS: 'kafka_address' } }),
  log: logSection,
}

/**
 * The settings of the function `restore`. Its bucket is that of the first dump, if `RESTORE_FROM` names dumps.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readRestoreSettings(environment: Environment) {
  const [first] = parsePlaces(environment.RESTORE_FROM ?? '') ?? []
  const placed = first ? { ...environment, S3_BUCKET: first.bucket, OBJECT_PREFIX: first.prefix } : environment
  const faults = [...clusterFaults(placed, undefined), ...strategyFaults(environment)]
  const { request: asked, target, ...settings } = readSections(restoreSections, placed, faults)
  const own: DumpPlace = { bucket: settings.store.bucket, prefix: settings.dump.prefix }
  return {
    ...settings,
    target: target as KafkaSettings,
    /** At least one. The first is where the restore keeps what it has done. */
    places: asked.places ?? [own],
    request: withStrategy(asked.request, settings.records.partitioner),
  }
}

export type RestoreSettings = ReturnType<typeof readRestoreSettings>

/**
 * What one restore is asked for, by variables that may be set for it alone.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readRestoreRequest(environment: Environment): RestoreRequest {
  const { request, records } = readSections(
    { request: requestSection, records: restoredRecordsSection },
    environment,
    strategyFaults(environment),
  )
  return withStrategy(request.request, records.partitioner)
}

/** Only where a partition of the dump is one of the target, a position in it is one there. */
function withStrategy(request: RestoreRequest, partitioner: PartitionerName): RestoreRequest {
  const { strategy } = request.groups
  if (strategy !== 'recorded' || partitioner === 'same') return request
  return { ...request, groups: { ...request.groups, strategy: 'none' } }
}

function strategyFaults({ RESTORE_GROUPS, PARTITIONER = 'same' }: Environment): VariableFault[] {
  if (RESTORE_GROUPS !== 'recorded' || PARTITIONER === 'same' || PARTITIONER === '') return []
  const expected = `earliest, latest, none or a time, as PARTITIONER is ${PARTITIONER}, which scatters the records of a position`
  return [{ variable: 'RESTORE_GROUPS', expected }]
}
