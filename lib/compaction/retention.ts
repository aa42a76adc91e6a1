import pMap from 'p-map'
import { type CommitLog, createCommitLog } from '../commits/commit-log.ts'
import type { CommittedObject, Done, Unit } from '../commits/entry.ts'
import { REPLACED_BY } from '../commits/object-metadata.ts'
import type { Compaction, RunTime } from './compaction.ts'
import { valueKeys } from './orphans-key.ts'
import { hiddenFolder } from './replace-hidden.ts'
import { readMark, type SweepMark, type WaitingEntry, writeMark } from './retention-mark.ts'

/**
 * How long an object stays after its entry is done, at least. A worker that slept could create it again, and nobody would
 * delete it; after days no worker is left that began before.
 */
export const SAFE_MS = 3 * 24 * 60 * 60 * 1000

/** Entries that are read at the same time. */
const AT_ONCE = 8

/** What a sweep deleted. */
export interface SweepReport {
  /** Objects that others replaced. */
  replaced: number
  /** Objects whose records are older than the retention. */
  expired: number
  /** Their large values. */
  values: number
}

/**
 * Deletes what nobody needs any more of a unit: objects that others replaced days ago, and with a retention those whose newest
 * record is older. May be interrupted anywhere; any number may run at once.
 *
 * @param isDue told of the newest mark, if there is one: whether anything is done at all
 * @throws CodedError those of the log and the store
 */
export async function sweep(
  unit: Unit,
  compaction: Compaction,
  time: RunTime,
  isDue: (mark: SweepMark | undefined) => boolean = () => true,
): Promise<SweepReport> {
  const log = createCommitLog(compaction.store, compaction.prefix, unit)
  const report = { replaced: 0, expired: 0, values: 0 }
  const found = await waitingEntries(log, compaction)
  if (!found || !isDue(found.mark)) return report
  const work: Sweep = { log, compaction, report }
  const step = async (entry: WaitingEntry): Promise<WaitingEntry | undefined> =>
    isEntryDue(entry, compaction) && compaction.now() < time.deadline ? await sweepEntry(entry.sequence, work) : entry
  const waiting = (await pMap(found.entries, step, { concurrency: AT_ONCE })).filter(entry => entry !== undefined)
  const { newest: sequence, withRecords } = found
  const isOver = compaction.now() >= time.deadline && waiting.some(entry => isEntryDue(entry, compaction))
  await writeMark(compaction.store, log.folder, {
    ...{ schema: 1, sequence, created: compaction.now(), withRecords },
    ...(isOver ? { unfinished: true as const } : {}),
    waiting,
  })
  return report
}

/** An entry that hasn't been read is due at once. */
const UNKNOWN = { replaced: 0, records: 0 }

/** A sweep under way. */
interface Sweep {
  log: CommitLog
  compaction: Compaction
  report: SweepReport
}

/** The entries since the last sweep, and those that it left. Undefined without any entry that is done. */
async function waitingEntries(log: CommitLog, { store, recordRetentionMs }: Compaction) {
  const withRecords = recordRetentionMs !== undefined
  const entries: WaitingEntry[] = []
  let newest: number | undefined
  for await (const { sequence, kinds } of log.entries()) {
    if (!kinds.includes('done')) continue
    newest ??= sequence
    const mark: SweepMark | undefined = kinds.includes('swept')
      ? await readMark(store, log.folder, sequence)
      : undefined
    // A mark from before there was a retention doesn't know of the outputs.
    if (mark && (mark.withRecords || !withRecords))
      return { newest, withRecords, mark, entries: [...entries, ...mark.waiting] }
    entries.push({ sequence, ...UNKNOWN })
  }
  return newest === undefined ? undefined : { newest, withRecords, mark: undefined, entries }
}

/** Of entries whose time hasn't come, nothing is read. */
function isEntryDue({ replaced, records }: WaitingEntry, { now, recordRetentionMs }: Compaction): boolean {
  const isReplaced = replaced !== undefined && replaced + SAFE_MS <= now()
  return (
    isReplaced || (records !== undefined && recordRetentionMs !== undefined && records + recordRetentionMs <= now())
  )
}

/** @returns what is left of it for later */
async function sweepEntry(sequence: number, work: Sweep): Promise<WaitingEntry | undefined> {
  const { log, compaction } = work
  const done = await log.done(sequence)
  if (!done) {
    compaction.logger.warn('An entry of the commit log is gone: what it made stays', { ...log.unit, sequence })
    return undefined
  }
  const isSafe = done.created + SAFE_MS <= compaction.now()
  const replaced = done.latest ? done.created : undefined
  if (replaced !== undefined && isSafe) await deleteReplaced(sequence, work)
  const records = await deleteExpired(done, work, isSafe)
  const left = {
    sequence,
    ...(replaced === undefined || isSafe ? {} : { replaced }),
    ...(records === undefined ? {} : { records }),
  }
  return left.replaced === undefined && left.records === undefined ? undefined : left
}

/** Deletes the objects that were emptied, and everything that was hidden until then. */
async function deleteReplaced(sequence: number, { log, compaction, report }: Sweep): Promise<void> {
  const { store, prefix, logger } = compaction
  const plan = await log.plan(sequence)
  const emptied: string[] = []
  for (const { key } of plan?.replaced ?? []) {
    const held = await store.head(key)
    if (held?.metadata[REPLACED_BY] !== undefined) emptied.push(key)
    else if (held) logger.warn('An object that was replaced has been written again: it stays', { ...log.unit, key })
  }
  const hidden = await Array.fromAsync(store.list(hiddenFolder(prefix, log.unit, sequence)), ({ key }) => key)
  await store.delete([...emptied, ...hidden])
  report.replaced += emptied.length
}

/** Deletes outputs that are old enough. @returns the least age of those that stay */
async function deleteExpired({ outputs, created }: Done, work: Sweep, isSafe: boolean): Promise<number | undefined> {
  const { compaction, report } = work
  const { store, keys, recordRetentionMs, now } = compaction
  if (recordRetentionMs === undefined) return undefined
  const ages = outputs.map(output => ageOf(output, created))
  const expired = outputs.filter((_, index) => isSafe && (ages[index] as number) + recordRetentionMs <= now())
  // The values last: a record must not name what isn't there.
  const values = expired.flatMap(output => valueKeys(output, work.log.unit.topic, keys))
  await store.delete(expired.map(({ key }) => key))
  await store.delete(values)
  report.expired += expired.length
  report.values += values.length
  const left = ages.filter((_, index) => !expired.includes(outputs[index] as CommittedObject))
  return left.length === 0 ? undefined : left.reduce((least, age) => Math.min(least, age))
}

/** Since when an object is old: its newest record, or if Kafka gave none a timestamp, when it was committed. */
function ageOf({ maxTimestamp }: CommittedObject, committed: number): number {
  return maxTimestamp === -1 ? committed : maxTimestamp
}
