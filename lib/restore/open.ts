import { createDumpedRecords } from '../dumped/create-dumped-records.ts'
import type { DumpSource } from '../dumped/dump-source.ts'
import { type LayoutKind, layouts } from '../dumped/layouts/index.ts'
import type { LayoutSettings } from '../dumped/layouts/settings.ts'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { Codec } from '../kafka/codec.ts'
import type { PartitionerName } from '../kafka/produce/partitioner.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { ReplicationPolicy } from '../replication/naming/policy.ts'
import type { Routing } from '../replication/routing.ts'
import { createSettingsFilter } from '../replication/settings-filter.ts'
import { createCommitStore } from '../s3/commit-store.ts'
import type { StoreSettings } from '../s3/settings.ts'
import type { TopicsSnapshot } from '../snapshots/snapshot.ts'
import { newestGroups, newestTopics } from '../snapshots/snapshots.ts'
import { bucketHistory, directoryHistory, historyIn, historyOf } from './groups/group-history.ts'
import { createGroupsRestoration } from './groups/groups-restoration.ts'
import { defaultRestoreId } from './identity.ts'
import { type DumpPlace, placeText } from './notation.ts'
import type { RestoreRequest } from './request.ts'
import type { RecordedTopics, Restoration } from './restoration.ts'
import type { RunStore } from './run-folder.ts'
import { createRestoreTarget, RESTORE_MAP_TOPIC } from './target.ts'
import type { GroupClients, TargetClients } from './target-clients.ts'

/** What the settings of the function say, whatever is asked of it. */
export interface RestoreSettings {
  /** Of the first place; the others have another bucket and all else the same. */
  store: StoreSettings
  /** At least one. */
  places: readonly DumpPlace[]
  dump: { writtenBy: LayoutKind; layout: Omit<LayoutSettings, 'prefix'>; recordRetentionMs?: number }
  replication: { sourceAlias: string; policy: ReplicationPolicy; addSourceHeader: boolean }
  records: { partitioner: PartitionerName; compression: Codec; exactlyOnce: boolean; replicas: number }
  topicSettings: { exclude: readonly RegExp[] }
  target: KafkaSettings
}

/** A restore that can begin, and what has to be closed at its end. */
export interface OpenedRestore {
  restoration: Restoration
  /** Deletes temporary files. */
  close(): Promise<void>
}

/** Opens the dumps of a restore, and makes the target ready for its records. Nothing is asked of store and cluster yet. */
export function openRestore(
  settings: RestoreSettings,
  request: RestoreRequest,
  clients: TargetClients & { groups: GroupClients },
  { logger, telemetry, reportFolder }: { logger: Log; telemetry: Telemetry; reportFolder?: string },
): OpenedRestore {
  const sources = dumpSources(settings)
  const names = settings.places.map(placeText)
  const { partitioner, replicas } = settings.records
  const routing: Routing = { ...settings.replication, partitioner }
  const id = restoreId(settings, request)
  const dumped = createDumpedRecords(sources)
  const restoration: Restoration = {
    ...{ id, sources: names, losses: [...dumped.losses], dumped, routing, logger, telemetry },
    recorded: recordedTopics(sources, request.selection.until, logger),
    target: createRestoreTarget(clients, {
      ...{ identity: { id, sources: names, partitioner }, replicas, logger },
      settings: createSettingsFilter([...settings.topicSettings.exclude]),
    }),
  }
  const run = restoreStore(settings)
  const inBucket = bucketHistory(run, restoreFolder(settings, id))
  const history = reportFolder === undefined ? inBucket : historyIn(inBucket, directoryHistory(reportFolder))
  restoration.groups = createGroupsRestoration({
    ...{
      target: clients.groups.offsets,
      removal: clients.groups.removal,
      records: clients.groups.records,
      log: clients.log,
      mapTopic: RESTORE_MAP_TOPIC,
    },
    snapshots: until => Promise.all(sources.map(({ store, prefix }) => newestGroups(store, prefix, until))),
    history: historyOf(clients.admin.clusterId, history),
    ...{ logger, now: Date.now },
  })
  return { restoration, close: () => dumped.close() }
}

/** The dumps of a restore, in their order. */
export function dumpSources(settings: Pick<RestoreSettings, 'places' | 'store' | 'dump'>): DumpSource[] {
  return settings.places.map(place => sourceOf(place, settings))
}

/** The name of a restore: the one that was given, else one that follows from places and names. */
export function restoreId(
  { places, replication, records }: RestoreSettings,
  { id }: Pick<RestoreRequest, 'id'>,
): string {
  return id ?? defaultRestoreId(places.map(placeText), { ...replication, ...records })
}

/** The folder in the first bucket where restores keep what they have done. */
const RESTORES_FOLDER = '_restores'

const inFolder = (prefix: string, name: string) => (prefix === '' ? name : `${prefix}/${name}`)

/** The folder of all restores, with a slash at its end. */
export function restoresFolder({ places: [first] }: Pick<RestoreSettings, 'places'>): string {
  return `${inFolder(first?.prefix ?? '', RESTORES_FOLDER)}/`
}

/** Where a restore keeps what it has done, with a slash at its end. */
export function restoreFolder(settings: Pick<RestoreSettings, 'places'>, id: string): string {
  return `${restoresFolder(settings)}${id}/`
}

/** The store of that folder: nothing beside it is written, not even to find out how objects are created once. */
export function restoreStore({ store, places: [first] }: Pick<RestoreSettings, 'store' | 'places'>): RunStore {
  return createCommitStore(store, inFolder(first?.prefix ?? '', RESTORES_FOLDER))
}

function sourceOf({ bucket, prefix }: DumpPlace, { store, dump }: Pick<RestoreSettings, 'store' | 'dump'>): DumpSource {
  return {
    store: createCommitStore({ ...store, bucket }, prefix),
    layout: layouts[dump.writtenBy].create({ ...dump.layout, prefix }),
    ...{ prefix, recordRetentionMs: dump.recordRetentionMs },
    at: other => ({
      place: placeText({ bucket, prefix: other }),
      layout: layouts[dump.writtenBy].create({ ...dump.layout, prefix: other }),
    }),
  }
}

/** Of several dumps, the first that has recorded a topic tells how it was. They are asked when the first topic is. */
function recordedTopics(sources: DumpSource[], until: number | undefined, logger: Log): RecordedTopics {
  let found: Promise<TopicsSnapshot[]> | undefined

  async function find(): Promise<TopicsSnapshot[]> {
    const all = await Promise.all(sources.map(({ store, prefix }) => newestTopics(store, prefix, until)))
    for (const { key, message } of all.flatMap(({ damaged }) => damaged))
      logger.warn('A snapshot of topics can’t be read, so an older one is taken', { key, reason: message })
    return all.flatMap(({ snapshot }) => snapshot ?? [])
  }

  return {
    async topic(name) {
      found ??= find()
      return (await found).flatMap(({ topics }) => topics.get(name) ?? [])[0]
    },
  }
}
