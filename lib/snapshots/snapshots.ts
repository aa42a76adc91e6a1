import type { CommitStore } from '../commits/commit-store.ts'
import { asCodedError } from '../error.ts'
import { parseGroups } from './groups-text.ts'
import type { GroupsSnapshot, SnapshotKind, TopicsSnapshot } from './snapshot.ts'
import { snapshotKey, snapshotsFolder, snapshotTime } from './snapshot-key.ts'
import { parseTopics } from './topics-text.ts'

/** What is needed of a store to find snapshots. */
export type SnapshotSource = Pick<CommitStore, 'list' | 'get'>

/** The snapshot that was asked for, and those that should have been it but can't be read. */
export interface FoundSnapshot<Snapshot> {
  /** Undefined when there is none. */
  snapshot: Snapshot | undefined
  key: string | undefined
  /** Newer ones that were passed over, newest first. Whoever uses the snapshot has to tell. */
  damaged: { key: string; message: string }[]
}

/**
 * The topics of a cluster as they were recorded last.
 *
 * A damaged snapshot doesn't end a search: what was recorded before it is the best that the bucket has, and whoever restores
 * a cluster needs it. It is named in `damaged`.
 *
 * @param prefix of the dump's keys, `''` for the bucket's root
 * @param until no snapshot that is later than this, in milliseconds since the epoch. Absent: the newest of all
 * @throws CodedError as the store
 */
export function newestTopics(
  store: SnapshotSource,
  prefix: string,
  until?: number,
): Promise<FoundSnapshot<TopicsSnapshot>> {
  return newest(store, snapshotsFolder(prefix, 'topics'), until, parseTopics)
}

/** As {@link newestTopics}, the consumer groups. A snapshot before the damaged one sets groups back further, never too far on. */
export function newestGroups(
  store: SnapshotSource,
  prefix: string,
  until?: number,
): Promise<FoundSnapshot<GroupsSnapshot>> {
  return newest(store, snapshotsFolder(prefix, 'groups'), until, parseGroups)
}

/** The text of the newest snapshot of a kind, unread; undefined when there is none. */
export async function newestText(store: SnapshotSource, prefix: string, kind: SnapshotKind) {
  const folder = snapshotsFolder(prefix, kind)
  const { snapshot } = await newest(store, folder, undefined, (key, text) => ({
    time: snapshotTime(folder, key) ?? 0,
    text,
  }))
  return snapshot
}

const DAY_MS = 86_400_000

/**
 * How far back the search goes at first, and then. A snapshot is written at least once a day, so one page of the listing is
 * enough while the recording runs; a year of snapshots every five minutes would be a hundred pages.
 */
const WINDOWS_MS = [2 * DAY_MS, 60 * DAY_MS, Number.POSITIVE_INFINITY]

async function newest<Snapshot>(
  store: SnapshotSource,
  folder: string,
  until: number | undefined,
  parse: (key: string, text: Buffer) => Snapshot,
): Promise<FoundSnapshot<Snapshot>> {
  const damaged = new Map<string, string>()
  for (const window of WINDOWS_MS) {
    const from = (until ?? Date.now()) - window
    const after = from > 0 ? snapshotKey(folder, from) : undefined
    for (const key of (await keysOf(store, folder, { after, until })).toReversed()) {
      if (damaged.has(key)) continue
      try {
        return { snapshot: parse(key, await store.get(key)), key, damaged: listOf(damaged) }
      } catch (thrown) {
        const { code, message } = asCodedError(thrown)
        // A lifecycle rule may have deleted it since it was listed.
        if (code !== 'SNAPSHOT_UNREADABLE' && code !== 'STORE_OBJECT_MISSING') throw thrown
        damaged.set(key, message)
      }
    }
  }
  return { snapshot: undefined, key: undefined, damaged: listOf(damaged) }
}

/** The keys of snapshots in the order of their times. */
async function keysOf(
  store: SnapshotSource,
  folder: string,
  { after, until = Number.POSITIVE_INFINITY }: { after?: string; until?: number },
): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(folder, { after })) {
    const time = snapshotTime(folder, key)
    if (time === undefined) continue
    if (time > until) break
    keys.push(key)
  }
  return keys
}

function listOf(damaged: ReadonlyMap<string, string>) {
  return Array.from(damaged, ([key, message]) => ({ key, message }))
}
