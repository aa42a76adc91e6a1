import type { ErrorCode } from '../error.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** Where failed records are now. */
export type FailedPlace =
  /** Our topic for dead letters or abnormal data. */
  | { kind: 'topic'; topic: string }
  /** Only the source has them: the log, or a document without the event, names their offsets. */
  | { kind: 'kafka'; named: 'log' | 'sqs' | 'sns' | 's3' | 'kafka' }
  /** A document of Lambda's on-failure destination that has the event itself. */
  | { kind: 'document'; in: 's3'; name: string }

/** Records of one topic-partition that failed for the same reason and are in the same place. */
export interface FailedRecords extends TopicPartition {
  /** Offsets on the source. */
  offsets: OffsetRuns
  records: number
  /** Of the connector, or the condition of Lambda's document, such as `RetryAttemptsExhausted`. */
  code: ErrorCode | string
  place: FailedPlace
  /** When they failed, in milliseconds since the epoch, as far as it is known: the last time. */
  time: number
  /** Of those that only the source has: offsets that its retention has deleted. */
  gone?: OffsetRuns
}

/** A record that is to be done again, and why it had failed. */
export interface RedrivenRecord {
  record: KafkaRecord
  code: ErrorCode | string
  place: FailedPlace
}
