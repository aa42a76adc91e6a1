import type { ErrorCode } from '../error.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** Who names records that only the source has: the log, a document without the event, or a topic with a damaged copy. */
export type NamedBy = 'log' | 'sqs' | 's3' | 'topic'

/** Letters of one run of offsets: those between two positions of a partition of the topic that holds them. */
export interface LetterSpan {
  /** First offset on the source, and how many: each has one letter. */
  run: [first: number, count: number]
  /** Partition of the topic that holds the letters. */
  partition: number
  /** Position of the first letter, and the one after the last. Other letters may lie between them. */
  from: number
  end: number
}

/** A run of offsets that failed at one time. */
export interface FailedRun {
  run: [first: number, count: number]
  /** In milliseconds since the epoch; -1 when it is unknown. */
  time: number
}

/** Where failed records are now. */
export type FailedPlace =
  /** A topic: ours for dead letters or abnormal data, or the topic of Lambda's on-failure destination. */
  | { kind: 'topic'; topic: string; letters: LetterSpan[] }
  /** A document of Lambda's on-failure destination that has the event itself. */
  | { kind: 'document'; in: 's3'; name: string }
  /**
   * Only the source has them. `failedAt` has the times at which runs of them failed, in milliseconds since the epoch, and
   * `timestamps` the records' own by offset, as far as they are known: what is newer or has other timestamps is another record.
   */
  | {
      kind: 'kafka'
      named: NamedBy
      failedAt?: readonly FailedRun[]
      timestamps?: ReadonlyMap<number, number>
    }
  /** Only the source has them, and the trigger delivers them again: a partition that stopped. They are not redriven. */
  | { kind: 'waiting' }

/** Records of one topic-partition that failed for the same reason and are in the same place. */
export interface FailedRecords extends TopicPartition {
  /** Offsets on the source, ascending. Empty when the platform gives none. */
  offsets: OffsetRuns
  /** How many records; of a document without the event at most as many, since it names only the first and the last. */
  records: number
  /** Of the connector, or the condition of Lambda's document, such as `RetryAttemptsExhausted`. */
  code: ErrorCode | (string & {})
  place: FailedPlace
  /** When they failed, in milliseconds since the epoch: the last time. -1 when it is unknown. */
  time: number
  /** Of those that only the source has: offsets that it no longer has, because of its retention or a topic created again. */
  gone?: OffsetRuns
}

/** A record that is to be done again, and why it had failed. */
export interface RedrivenRecord {
  record: KafkaRecord
  code: FailedRecords['code']
  place: FailedPlace
  /** Where its letter is: `topic-partition:offset`; absent when it came from a document or from the source. */
  letter?: string
}

/** What became of a part of the failed records: each of their offsets is in exactly one of the three, over all parts. */
export interface FetchedRecords {
  /** In the order of their offsets, also from one part to the next. */
  records: RedrivenRecord[]
  /** Offsets that nobody has any more: deleted by retention or compaction, or of an aborted transaction. */
  gone: OffsetRuns
  /** Offsets whose records must not be taken, each with the reason as a sentence. */
  refused: { offsets: OffsetRuns; reason: string }[]
}
