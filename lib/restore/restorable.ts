import { createDumpedRecords } from '../dumped/create-dumped-records.ts'
import type { DumpSource } from '../dumped/dump-source.ts'
import type { GroupsSnapshot } from '../snapshots/snapshot.ts'
import { newestGroups } from '../snapshots/snapshots.ts'
import { historyTime } from './groups/group-history.ts'
import { placeText } from './notation.ts'
import { dumpSources, type RestoreSettings, restoreStore, restoresFolder } from './open.ts'
import type { RunStore } from './run-folder.ts'

/** A topic of a dump. */
export interface RestorableTopic {
  topic: string
  partitions: number
  objects: number
  /** Of the objects, as they are stored. */
  bytes: number
}

/** Consumer groups, as they were recorded last. */
export interface RecordedGroups {
  /** When, in milliseconds since the epoch. */
  time: number
  groups: string[]
}

/** A restore that has set consumer groups, and so can set them back. */
export interface SettingRestore {
  id: string
  /** When it last kept what they had before, or set them back, in milliseconds since the epoch. */
  time: number
}

/** What can be restored. */
export interface Restorable {
  /** Such as `s3://bucket/prefix`. */
  sources: string[]
  /** What the sources can't give back, as sentences. */
  losses: string[]
  /** The brokers that records are restored to. */
  target: string[]
  /** In the order of their names. */
  topics: RestorableTopic[]
  recorded?: RecordedGroups
  /** The newest first. */
  restores: SettingRestore[]
}

/** Looks at a dump without reading its records: objects are listed, not opened. @throws CodedError as the store */
export async function findRestorable(settings: RestoreSettings): Promise<Restorable> {
  const sources = dumpSources(settings)
  const dumped = createDumpedRecords(sources)
  try {
    const topics = new Map<string, RestorableTopic>()
    for await (const { topic, objects, bytes } of dumped.partitions({})) {
      const sum = topics.get(topic) ?? { topic, partitions: 0, objects: 0, bytes: 0 }
      topics.set(topic, {
        ...{ topic, partitions: sum.partitions + 1 },
        ...{ objects: sum.objects + objects, bytes: sum.bytes + bytes },
      })
    }
    const [recorded, restores] = await Promise.all([
      recordedGroups(sources),
      settingRestores(restoreStore(settings), restoresFolder(settings)),
    ])
    return {
      ...{ sources: settings.places.map(placeText), losses: [...dumped.losses], target: settings.target.brokers },
      topics: [...topics.values()].toSorted((one, other) => (one.topic < other.topic ? -1 : 1)),
      ...(recorded && { recorded }),
      restores,
    }
  } finally {
    await dumped.close()
  }
}

/** The newest snapshot of each source, as a restore takes them. */
async function recordedGroups(sources: DumpSource[]): Promise<RecordedGroups | undefined> {
  const found = await Promise.all(sources.map(({ store, prefix }) => newestGroups(store, prefix)))
  const snapshots = found.flatMap(({ snapshot }): GroupsSnapshot[] => (snapshot ? [snapshot] : []))
  if (snapshots.length === 0) return undefined
  return {
    time: snapshots.reduce((newest, { time }) => Math.max(newest, time), 0),
    groups: [...new Set(snapshots.flatMap(({ groups }) => [...groups.keys()]))].sort(),
  }
}

async function settingRestores(store: RunStore, folder: string): Promise<SettingRestore[]> {
  const times = new Map<string, number>()
  for await (const { key } of store.list(folder)) {
    const [id = '', name = '', ...deeper] = key.slice(folder.length).split('/')
    const time = deeper.length === 0 ? historyTime(name) : undefined
    if (time !== undefined) times.set(id, Math.max(times.get(id) ?? 0, time))
  }
  return Array.from(times, ([id, time]) => ({ id, time })).toSorted((one, other) => other.time - one.time)
}
