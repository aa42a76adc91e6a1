import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { CommitStore } from '../commits/commit-store.ts'
import { entryKey } from '../commits/log-key.ts'

const gzip = promisify<Buffer, Buffer>(zlib.gzip)
const gunzip = promisify<Buffer, Buffer>(zlib.gunzip)

/** An entry of which something is to be deleted later. */
export interface WaitingEntry {
  sequence: number
  /** When it was done, if it replaced objects that are still there, emptied. In milliseconds since the epoch. */
  replaced?: number
  /** The least age of its outputs that are still there: see {@link ageOf}. Only with a retention. */
  records?: number
}

/**
 * What is still to be deleted of the entries up to one of them. It makes a sweep read the entries since the last one and those
 * that are due, however long the log is.
 *
 * It may be overwritten, unlike entries: a worker that comes late with an older one makes the next sweep delete again what is
 * deleted, and no key is ever used twice.
 */
export interface SweepMark {
  schema: 1
  sequence: number
  created: number
  /** Whether outputs are among what waits, or only what was replaced. */
  withRecords: boolean
  /** Whether the time was over before everything that was due was deleted. */
  unfinished?: true
  waiting: WaitingEntry[]
}

export async function readMark(store: CommitStore, folder: string, sequence: number): Promise<SweepMark> {
  return JSON.parse((await gunzip(await store.get(entryKey(folder, sequence, 'swept')))).toString())
}

export async function writeMark(store: CommitStore, folder: string, mark: SweepMark): Promise<void> {
  const body = await gzip(Buffer.from(JSON.stringify(mark)))
  const content = { contentType: 'application/json', contentEncoding: 'gzip', metadata: {} }
  await store.put({ key: entryKey(folder, mark.sequence, 'swept'), body, ...content })
}
