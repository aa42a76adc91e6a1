import { BATCH_BYTES } from '../dumped/batches.ts'
import { type DumpedPartition, noFindings, type ReadingFindings } from '../dumped/dumped-records.ts'
import { asCodedError, type CodedError } from '../error.ts'
import { gathered } from './gathered.ts'
import { createPlaceTally, type PlaceTally } from './place-tally.ts'
import { createPlaceWriter, patienceUntil } from './place-writer.ts'
import type { RestoredPartition } from './report.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Problem, Restoration, RestoreTime } from './restoration.ts'
import { settingProblems } from './setting-problems.ts'

/**
 * Bytes of records that are written at once: what reading gives at once, and with what a request adds to each record, two requests,
 * as topics accept a megabyte by default. The round trips of a transaction cost little beside that, and more would only take memory.
 */
const WRITE_BYTES = BATCH_BYTES

export type PlaceRequest = Pick<RestoreRequest, 'selection' | 'dryRun' | 'append' | 'skipCorrupt'>

export interface PlaceTime extends RestoreTime {
  /** Records before this offset are on the target, or aren't selected: what `next` of an earlier part of the same restore was. */
  after?: number
}

/** What became of a topic-partition. */
export interface PlaceOutcome {
  place: RestoredPartition
  /** Whether everything that was selected is on the target. */
  finished: boolean
  /**
   * The offset before which every selected record is on the target, or in a dry run was read. Undefined when nothing of the
   * topic-partition was read, or written.
   */
  next?: number
  error?: CodedError
  problems: Problem[]
}

/**
 * Restores the records of one topic-partition, in order, until the time is over. Records that are on the target already, according
 * to the map of an earlier run, are left out. A dry run reads everything and writes nothing.
 *
 * @returns also when it fails: the error, and what was done before it
 */
export async function restorePlace(
  restoration: Restoration,
  topic: PreparedTopic,
  place: DumpedPartition,
  request: PlaceRequest,
  time: PlaceTime,
): Promise<PlaceOutcome> {
  const tally = createPlaceTally(place)
  const findings = noFindings()
  const outcome = await restoreRecords(restoration, topic, place, request, time, tally, findings)
    .then(finished => ({ finished }))
    .catch(thrown => ({ finished: false, ...interrupted(thrown, time) }))
  if (outcome.finished) time.progress.finished(place)
  const next = tally.next ?? time.after
  return {
    ...{ ...outcome, next },
    place: tally.result(outcome.finished ? findings : foundBefore(next, findings)),
    problems: settingProblems(topic, place.partition, tally),
  }
}

/** Reading is ahead of what is done: what it has found there is found again by whoever continues. */
function foundBefore(next: number | undefined, findings: ReadingFindings): ReadingFindings {
  if (next === undefined) return findings
  const later = findings.missing.filter(([first]) => first >= next)
  const offsets = later.reduce((sum, [, count]) => sum + count, 0)
  return {
    ...findings,
    missing: findings.missing.filter(([first]) => first < next),
    missingOffsets: findings.missingOffsets - offsets,
    corrupt: findings.corrupt.filter(({ firstOffset = 0 }) => firstOffset < next),
  }
}

/** An error because the time is over is none: another run continues. */
function interrupted(thrown: unknown, { signal, deadline }: PlaceTime): { error?: CodedError } {
  const error = asCodedError(thrown)
  const isOver = signal.aborted || (error.retryable && Date.now() >= deadline)
  return isOver ? {} : { error }
}

/** @returns whether everything was read and written */
async function restoreRecords(
  restoration: Restoration,
  topic: PreparedTopic,
  place: DumpedPartition,
  { selection, dryRun, append, skipCorrupt }: PlaceRequest,
  time: PlaceTime,
  tally: PlaceTally,
  findings: ReturnType<typeof noFindings>,
): Promise<boolean> {
  await restoration.target.refresh()
  const write = createPlaceWriter(restoration, topic, place, tally, { dryRun, append })
  const { after, signal, deadline, progress } = time
  const last = after === undefined ? undefined : after - 1
  const batches = restoration.dumped.read(place, selection, { skipCorrupt, after: last, signal, findings })
  for await (const batch of gathered(batches, WRITE_BYTES)) {
    if (signal.aborted || Date.now() >= deadline) return false
    progress.read(place, batch.records.length, batch.bytesRead)
    if (batch.records.length > 0) {
      tally.read(batch)
      await write(batch, time)
    }
    tally.passed(batch)
  }
  if (tally.produced > 0) await restoration.target.writer.settled?.(place, patienceUntil(deadline))
  return !signal.aborted
}
