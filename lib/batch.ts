import type { CodedError } from './error.ts'
import type { KafkaRecord, TopicPartition } from './record.ts'

/** A record of the event that could not be decoded: its fields as they came, and why. */
export interface AbnormalRecord {
  /** Offset -1 when the event has none that is usable. Key and value are the text of the event where it is no base64. */
  record: KafkaRecord
  error: CodedError
  /** How many records of its batch stand before it, so that policy `fail` can stop exactly there. */
  position: number
}

/** One invocation's records of one topic-partition, in the order in which they came. */
export interface RecordBatch extends TopicPartition {
  records: KafkaRecord[]
  abnormal: AbnormalRecord[]
}

/** What became of one batch: without a failure each of its records is accounted for. */
export interface BatchResult extends TopicPartition {
  failure?: BatchFailure
}

/** Where a partition stopped under policy `fail`: the records from the failing one on, in order. */
export interface BatchFailure {
  error: CodedError
  offsets: number[]
}
