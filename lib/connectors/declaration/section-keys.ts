import type * as z from 'zod'
import { compactSections } from '../../config/compact.ts'
import type { ConnectorType } from '../../config/connector-type.ts'
import { dumpSections } from '../../config/dump.ts'
import { failureSections } from '../../config/failure.ts'
import { recordClusterSections } from '../../config/record-cluster.ts'
import { replicateSections, syncTopicsSections } from '../../config/replicate.ts'
import { replicationSection } from '../../config/replication.ts'
import { restoreSections } from '../../config/restore.ts'
import type { Section } from '../../config/section.ts'
import { syncOffsetsSections } from '../../config/sync-offsets.ts'
import { variableKeys, variableKeysOfAll } from './variable-key.ts'

/** Keys of a dump's `to` whose names are not those of their variables. */
const OBJECT_KEYS = {
  OBJECT_PREFIX: 'prefix',
  OBJECT_PARTITIONER: 'partitioner',
  OBJECT_KEY_TEMPLATE: 'keyTemplate',
} as const

/** The keys of a dump's `to`: every variable of the function except those that all connectors share. */
export const dumpTargetKeys = variableKeysOfAll(sectionsBut(dumpSections, 'failure', 'source', 'rotation'), {
  names: OBJECT_KEYS,
})

/** The keys under `rotate` in a dump's `to`. */
export const rotateKeys = variableKeys(dumpSections.rotation, {
  names: { INTERVAL_MS: 'rotateIntervalMs', SCHEDULE_INTERVAL_MS: 'rotateScheduleIntervalMs' },
})

/** The keys of a dump's `to` that only the function `compact` reads. */
export const retentionKeys = variableKeys(compactSections.retention)

/** The keys of a dump's `to` that the function `compact` reads: those of store, format and object keys, and its own. */
export const compactTargetKeys = variableKeysOfAll(sectionsBut(compactSections, 'failure', 'rotation'), {
  names: OBJECT_KEYS,
})

/** The keys of a dump's `to` that the function `record-cluster` reads: those of store and object keys. */
export const recordTargetKeys = variableKeysOfAll(sectionsBut(recordClusterSections, 'recording', 'log', 'source'), {
  names: OBJECT_KEYS,
})

/** The keys of a dump's `to` that the function `restore` reads: those of the store, and where its objects are. */
export const restoredDumpKeys = variableKeysOfAll(
  { store: restoreSections.store, dump: restoreSections.dump },
  {
    names: OBJECT_KEYS,
    without: ['RESTORE_WRITTEN_BY', 'RESTORE_TEMPLATE', 'RESTORE_FIELDS', 'RESTORE_BASE64', 'RESTORE_ENVELOPE'],
  },
)

/** The keys under `restore` in addition to those of the cluster. What differs from one restore to the next is in its event. */
export const restoreKeys = variableKeysOfAll(sectionsBut(restoreSections, 'store', 'dump', 'target', 'log'), {
  names: {
    ...{ SOURCE_ALIAS: 'sourceAlias', TARGET_ALIAS: 'alias' },
    ...{ REPLICATION_POLICY: 'policy', COMPRESSION_TYPE: 'compression' },
  },
  without: [
    ...(['FROM', 'ID', 'PARTITIONS', 'OFFSETS', 'SINCE', 'UNTIL', 'KEYS'] as const),
    ...(['DRY_RUN', 'APPEND', 'PURGE', 'GROUPS_ONLY', 'UNDO'] as const),
  ],
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

/** Failure policy and logging by the connector's type, without the variables that the plugin sets itself. */
export const failureKeys = { dump: failureKeysOf('dump'), replicate: failureKeysOf('replicate') }

function failureKeysOf(type: ConnectorType) {
  const without = ['PARTIAL_BATCH_RESPONSES', 'DEAD_LETTER_TOPIC', 'CONNECTOR_NAME', 'SERVICE_NAME'] as const
  return variableKeys(failureSections[type], { without })
}

/** The logging keys, for functions that deliver no records. */
export const logKeys = variableKeys(syncOffsetsSections.log, { without: ['CONNECTOR_NAME', 'SERVICE_NAME'] })

export const syncOffsetsKeys = variableKeys(syncOffsetsSections.groups, { without: ['CONSUMER_GROUP'] })
export const syncTopicsKeys = variableKeys(syncTopicsSections.topics, { without: ['TOPICS'] })

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
