import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, FetchedRecords, RedrivenRecord } from './failed-records.ts'
import type { FailedAgain, RedriveMarks } from './marks.ts'

/**
 * Reads failed records from where they are, in the order of their offsets: only those that `offsets` names. `ofEarlier`: they are
 * known to be of an earlier topic with this name.
 */
export type FetchFailed = (failed: FailedRecords, ofEarlier?: boolean) => AsyncIterable<FetchedRecords>

/** Records of one topic-partition that are done again together. */
export interface RedrivePart extends TopicPartition {
  /** The id of the source topic; undefined when it isn't known. */
  topicId: string | undefined
  /** At least one, in the order of their offsets, each once. */
  records: RedrivenRecord[]
  /** Where they are, for whoever has to finish what was begun. */
  sources: FailedRecords[]
}

/** What became of the records of a part: each is in one of the four. */
export interface PartOutcome {
  /** In the result because of this redrive. */
  redriven: OffsetRuns
  /** In the result before. */
  present: OffsetRuns
  failed: FailedAgain[]
  /** The connector leaves them out, so they are nowhere. They are not marked. Absent: none. */
  refused?: FetchedRecords['refused']
}

/** How one connector does records again. A part may be done again any number of times, by any number of redrives at once. */
export interface Redriver {
  marks: RedriveMarks
  /**
   * Finishes what a redrive that was killed has begun.
   *
   * @param topicId the id of the source topic as it is now
   * @throws CodedError
   */
  finish(place: TopicPartition, topicId: string | undefined): Promise<void>
  /**
   * Does the records again. Those that fail are marked with their code, and put nowhere else.
   *
   * @throws CodedError when the store, the target or the like can't be used; then nothing of the part counts as failed
   */
  redrive(part: RedrivePart): Promise<PartOutcome>
}
