import { subtract, unite } from '../commits/offset-runs.ts'
import type { ErrorCode } from '../error.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** Records that a redrive tried, and that failed again. */
export interface FailedAgain {
  /** Why, this time. */
  code: ErrorCode | string
  offsets: OffsetRuns
  /** When, in milliseconds since the epoch: the last time. */
  time: number
}

/** What redrives have done with the failed records of one topic-partition. No offset is in it twice. */
export interface MarkedOffsets {
  /** In the result: a redrive has written them, or has found them there. They have failed no more. */
  redriven: OffsetRuns
  /** One group for each code. */
  failed: FailedAgain[]
}

/** Where a connector's redrives keep what they have done. */
export interface RedriveMarks {
  /**
   * The marks of a topic-partition; empty ones if there are none.
   *
   * @param topicId the id of the source topic as it is now. Marks of an earlier topic with its name don't count. Absent: it does
   * not exist, so that the marks of the topic that was marked last count
   * @throws CodedError
   */
  of(place: TopicPartition, topicId?: string): Promise<MarkedOffsets>
}

export function noMarks(): MarkedOffsets {
  return { redriven: [], failed: [] }
}

/** The marks after more records were tried: what is newer replaces what is older. Once redriven, a record stays so. */
export function withOutcome(marks: MarkedOffsets, { redriven, failed }: MarkedOffsets): MarkedOffsets {
  const done = unite(marks.redriven, redriven)
  const failedNow = unite(...failed.map(({ offsets }) => offsets))
  const byCode = new Map<string, FailedAgain>()
  const add = ({ code, time, offsets }: FailedAgain) => {
    const before = byCode.get(code) ?? { code, time, offsets: [] }
    byCode.set(code, { code, time: Math.max(time, before.time), offsets: unite(before.offsets, offsets) })
  }
  for (const group of marks.failed) add({ ...group, offsets: subtract(group.offsets, unite(done, failedNow)) })
  for (const group of failed) add({ ...group, offsets: subtract(group.offsets, done) })
  return { redriven: done, failed: [...byCode.values()].filter(({ offsets }) => offsets.length > 0) }
}

/**
 * Whether what is known of a topic holds for the topic as it is now.
 *
 * @param before undefined: the topic did not exist, so that a topic that exists is another one
 * @param now undefined: it does not exist, so that nobody else has its offsets
 */
export function isSameTopic(before: string | undefined, now: string | undefined): boolean {
  return now === undefined || before === now
}
