import { countOf, intersect, subtract, unite } from '../commits/offset-runs.ts'
import { asCodedError } from '../error.ts'
import { UnknownTopicError } from '../kafka/error.ts'
import { bytesOf } from '../observability/telemetry.ts'
import type { TopicPartition } from '../record.ts'
import { retryUntil } from '../retry.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, RedrivenRecord } from './failed-records.ts'
import type { Failures } from './failures.ts'
import { Pace } from './pace.ts'
import type { FetchFailed, PartOutcome, Redriver } from './redriver.ts'
import { type RedriveReport, RedriveTally } from './report.ts'

export interface Redrive {
  failures: Pick<Failures, 'topicId'>
  fetch: FetchFailed
  redriver: Redriver
  /** Records a second. Absent: as fast as it goes. */
  rate?: number
  /** Ends after the part that is under way. */
  signal: AbortSignal
  /** Is told how many of the records are done with. */
  onProgress(done: number, total: number): void
}

/** Records that are done again together. An object of them, encoded, and its records fit into memory easily. */
const PART_RECORDS = 5_000
const PART_BYTES = 16 * 1024 ** 2

/** How long a part is repeated while the store or the target can't be reached, in milliseconds. */
const PATIENCE_MS = 120_000

/**
 * Does failed records again, a part at a time.
 *
 * @param groups as `listFailed` lists them
 * @returns what became of them. A topic-partition that can't be done because of what it has or is, says so; the others are done
 * @throws CodedError when the store, the target or a source can't be reached. What was done until then is marked
 */
export async function redriveAll(groups: FailedRecords[], redrive: Redrive): Promise<RedriveReport> {
  const tally = new RedriveTally()
  const total = groups.reduce((sum, { offsets }) => sum + countOf(offsets), 0)
  const pace = new Pace(redrive.rate, redrive.signal)
  for (const group of groups) {
    if (redrive.signal.aborted) return tally.report('unfinished')
    await redriveGroup(group, redrive, { tally, pace, total }).catch(error => {
      const { code, message, retryable } = asCodedError(error)
      // Nobody else's records come further while the store or the target can't be reached.
      if (retryable) throw error
      tally.stop(group, { code, message })
    })
  }
  return tally.report(redrive.signal.aborted ? 'unfinished' : 'redriven')
}

interface Course {
  tally: RedriveTally
  pace: Pace
  total: number
}

async function redriveGroup(group: FailedRecords, redrive: Redrive, course: Course): Promise<void> {
  const { tally } = course
  const place = { topic: group.topic, partition: group.partition }
  if (group.place.kind === 'waiting') return tally.wait(place, group.records)
  if (group.offsets.length === 0) return tally.leaveUnplaced(place, group.records)
  const topicId = await topicIdOf(group.topic, redrive)
  await retryUntil(Date.now() + PATIENCE_MS, () => redrive.redriver.finish(place, topicId))
  let records: RedrivenRecord[] = []
  let bytes = 0
  const flush = async () => {
    const part = records
    ;[records, bytes] = [[], 0]
    if (part.length > 0) await redrivePart(group, part, topicId, redrive, course)
  }
  for await (const fetched of redrive.fetch(group)) {
    tally.add(place, { gone: fetched.gone, refused: fetched.refused })
    for (const one of fetched.records) {
      records.push(one)
      bytes += bytesOf([one.record])
      if (records.length >= course.pace.most(PART_RECORDS) || bytes >= PART_BYTES) await flush()
      if (redrive.signal.aborted) return
    }
    redrive.onProgress(tally.records, course.total)
  }
  await flush()
}

async function redrivePart(
  group: FailedRecords,
  records: RedrivenRecord[],
  topicId: string | undefined,
  redrive: Redrive,
  { tally, pace, total }: Course,
): Promise<void> {
  await pace.wait(records.length)
  if (redrive.signal.aborted) return
  const place = { topic: group.topic, partition: group.partition }
  const offsets = runsOf(records.map(({ record }) => record.offset))
  const sources = [{ ...group, offsets: intersect(group.offsets, offsets), records: records.length }]
  const part = { ...place, topicId, records, sources }
  const outcome = await retryUntil(Date.now() + PATIENCE_MS, () => redrive.redriver.redrive(part))
  tally.add(place, { ...outcome, gone: subtract(offsets, doneOf(outcome)) })
  redrive.onProgress(tally.records, total)
}

function doneOf({ redriven, present, failed, refused = [] }: PartOutcome): OffsetRuns {
  return unite(redriven, present, ...[...failed, ...refused].map(({ offsets }) => offsets))
}

/** Undefined when the topic is gone: then nobody has other records with these offsets. */
async function topicIdOf(topic: string, { failures }: Redrive): Promise<string | undefined> {
  try {
    return await failures.topicId(topic)
  } catch (error) {
    if (error instanceof UnknownTopicError) return undefined
    throw error
  }
}

/** The first records of a list, and everything that isn't tried. @param limit absent: all */
export function limited(failed: FailedRecords[], limit = Number.POSITIVE_INFINITY): FailedRecords[] {
  let left = limit
  return failed.flatMap(group => {
    const isTried = group.place.kind !== 'waiting' && group.offsets.length > 0
    if (!isTried) return [group]
    const offsets = firstOf(group.offsets, left)
    left -= countOf(offsets)
    return only(group, offsets)
  })
}

function firstOf(runs: OffsetRuns, limit: number): OffsetRuns {
  const first: OffsetRuns = []
  let left = limit
  for (const [begin, count] of runs) {
    if (left <= 0) break
    const taken = Math.min(count, left)
    first.push([begin, taken])
    left -= taken
  }
  return first
}

/** The failed records whose offsets are asked for. @param wanted by topic and partition; absent: all */
export function withOffsets(
  failed: FailedRecords[],
  wanted: Record<string, Record<number, OffsetRuns>> | undefined,
): FailedRecords[] {
  if (!wanted) return failed
  const wantedOf = ({ topic, partition }: TopicPartition) => wanted[topic]?.[partition] ?? []
  return failed.flatMap(group => only(group, intersect(group.offsets, wantedOf(group))))
}

/** Some records of a group; nothing when there are none. */
function only(group: FailedRecords, offsets: OffsetRuns): FailedRecords[] {
  if (offsets.length === 0) return []
  const { gone, ...others } = group
  const left = gone ? intersect(gone, offsets) : []
  return [{ ...others, offsets, records: countOf(offsets), ...(left.length > 0 && { gone: left }) }]
}
