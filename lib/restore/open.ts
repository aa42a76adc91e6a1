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
import { newestTopics } from '../snapshots/snapshots.ts'
import { defaultRestoreId } from './identity.ts'
import { type DumpPlace, placeText } from './notation.ts'
import type { RestoreRequest } from './request.ts'
import type { RecordedTopics, Restoration } from './restoration.ts'
import { createRestoreTarget } from './target.ts'
import type { TargetClients } from './target-clients.ts'

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
  /** Where the restore keeps what it has done, in the first place's bucket: `<prefix>/_restores/<id>/`. */
  folder: string
  /** Deletes temporary files. */
  close(): Promise<void>
}

/** Opens the dumps of a restore, and makes the target ready for its records. Nothing is asked of store and cluster yet. */
export function openRestore(
  settings: RestoreSettings,
  request: RestoreRequest,
  clients: TargetClients,
  { logger, telemetry }: { logger: Log; telemetry: Telemetry },
): OpenedRestore {
  const sources = settings.places.map(place => sourceOf(place, settings))
  const names = settings.places.map(placeText)
  const { partitioner, replicas } = settings.records
  const routing: Routing = { ...settings.replication, partitioner }
  const id = restoreId(settings, request)
  const dumped = createDumpedRecords(sources)
  const restoration: Restoration = {
    ...{ id, sources: names, losses: [...dumped.losses], dumped, routing, logger, telemetry },
    recorded: recordedTopics(sources, request.selection.until),
    target: createRestoreTarget(clients, {
      ...{ identity: { id, sources: names, partitioner }, replicas, logger },
      settings: createSettingsFilter([...settings.topicSettings.exclude]),
    }),
  }
  return { restoration, folder: restoresFolder(settings, id), close: () => dumped.close() }
}

/** The name of a restore: the one that was given, else one that follows from places and names. */
export function restoreId(
  { places, replication, records }: RestoreSettings,
  { id }: Pick<RestoreRequest, 'id'>,
): string {
  return id ?? defaultRestoreId(places.map(placeText), { ...replication, ...records })
}

/** The folder of a restore, with a slash at its end. */
export function restoresFolder({ places: [first] }: Pick<RestoreSettings, 'places'>, id: string): string {
  return `${first?.prefix ? `${first.prefix}/` : ''}_restores/${id}/`
}

function sourceOf({ bucket, prefix }: DumpPlace, { store, dump }: RestoreSettings): DumpSource {
  return {
    store: createCommitStore({ ...store, bucket }, prefix),
    layout: layouts[dump.writtenBy].create({ ...dump.layout, prefix }),
    ...{ prefix, recordRetentionMs: dump.recordRetentionMs },
  }
}

/** Of several dumps, the first that has recorded a topic tells how it was. Each is asked when the first topic is. */
function recordedTopics(sources: DumpSource[], until: number | undefined): RecordedTopics {
  let found: ReturnType<typeof newestTopics>[] | undefined
  return {
    async topic(name) {
      found ??= sources.map(({ store, prefix }) => newestTopics(store, prefix, until))
      const snapshots = await Promise.all(found)
      return snapshots.flatMap(({ snapshot }) => snapshot?.topics.get(name) ?? [])[0]
    },
  }
}
