import type { TopicPartition } from '../record.ts'
import type { FailedPlace, FailedRecords, FetchedRecords } from './failed-records.ts'

/** Neighbouring records of one topic-partition that failed at the same time for the same reason, as one source names them. */
export interface NamedFailure extends TopicPartition {
  /** Offsets on the source. -1 and -1 when the platform gives none. */
  first: number
  last: number
  /** Absent: as many as there are offsets. */
  records?: number
  code: FailedRecords['code']
  /** In milliseconds since the epoch; -1 when it is unknown. */
  time: number
  place: NamedPlace
}

/** A {@link FailedPlace} as one failure has it: letters are one span, whose run is the failure's own. */
export type NamedPlace =
  | { kind: 'topic'; topic: string; partition: number; from: number; end: number }
  | Exclude<FailedPlace, { kind: 'topic' }>

/** Whatever names failed records. One file in `sources/` for each, and one entry in `sources/index.ts`. */
export interface FailedSource {
  /** For people: `topic orders-failed`, `queue …`. */
  name: string
  /**
   * Reads what failed, in any order; the same failure may come several times.
   *
   * @param since milliseconds since the epoch; what certainly failed before may be left out, where it would cost much to read it
   */
  list(since: number): AsyncIterable<NamedFailure>
  /**
   * Reads records back, in the order of their offsets. Absent: it only names them, and the source topic has them.
   *
   * @returns undefined when they are in another source's place
   */
  fetch?(failed: FailedRecords): AsyncIterable<FetchedRecords> | undefined
}
