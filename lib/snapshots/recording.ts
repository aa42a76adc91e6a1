import type { CommitStore } from '../commits/commit-store.ts'
import type { Log } from '../observability/logger.ts'
import type { SnapshotKind } from './snapshot.ts'
import { snapshotKey, snapshotsFolder } from './snapshot-key.ts'

/** What recording works with, whatever it records. */
export interface Recording {
  store: Pick<CommitStore, 'list' | 'get' | 'put'>
  /** Of the dump's keys. */
  prefix: string
  logger: Log
  now(): number
}

/**
 * The age at which a snapshot is written again although nothing has changed: less than a day, so that a lifecycle rule, which
 * counts in days, never deletes the last one.
 */
const LONGEST_MS = 20 * 3_600_000

/**
 * Whether a snapshot says what one before says, and is not needed yet.
 *
 * @param same whether both say the same
 */
export function isRepeated({ now }: Recording, last: { time: number } | undefined, same: () => boolean): boolean {
  return last !== undefined && now() - last.time < LONGEST_MS && same()
}

/** When everything that was read so far was true, in whole seconds: a snapshot must not know more than its time. */
export function completionTime({ now }: Recording): number {
  return Math.ceil(now() / 1000) * 1000
}

/**
 * Writes a snapshot. It replaces one of the same second, which says the same or is as true, so that nothing is asked of the store
 * that not every store can do.
 *
 * @returns its key
 */
export async function writeSnapshot(
  { store, prefix }: Recording,
  kind: SnapshotKind,
  time: number,
  body: Buffer,
): Promise<string> {
  const key = snapshotKey(snapshotsFolder(prefix, kind), time)
  await store.put({ key, body, contentType: 'application/json', metadata: {} })
  return key
}
