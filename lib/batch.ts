import type { CodedError } from './error.ts'
import type { KafkaRecord, TopicPartition } from './record.ts'

/** A record of the event that could not be decoded: its fields as received, and the reason. */
export interface AbnormalRecord {
  /** Its offset is -1 when the event has no usable one. A key or value that is not base64 is kept as the event's text. */
  record: KafkaRecord
  error: CodedError
  /** Number of records before it in its batch, so that policy `fail` can stop exactly there. */
  position: number
}

/** One invocation's records of one topic-partition, in the order received. */
export interface RecordBatch extends TopicPartition {
  records: KafkaRecord[]
  abnormal: AbnormalRecord[]
}

/** The outcome of one batch. Without a failure, every record was delivered or handled by the error policy. */
export interface BatchResult extends TopicPartition {
  failure?: BatchFailure
}

/** Why a batch has to be delivered again, and which of its records. */
export interface BatchFailure {
  error: CodedError
  /** The records that the trigger has to deliver again, in order: the failing one and all after it, or the whole batch. */
  offsets: number[]
  /** Those of them that are neither delivered nor put aside. */
  undone: number[]
}

/** All records of the batch, decodable or not, in the event's order. */
export function recordsInOrder({ records, abnormal }: RecordBatch): KafkaRecord[] {
  if (abnormal.length === 0) return records
  const all: KafkaRecord[] = []
  let next = 0
  for (const { position, record } of abnormal) {
    while (next < position) all.push(records[next++] as KafkaRecord)
    all.push(record)
  }
  while (next < records.length) all.push(records[next++] as KafkaRecord)
  return all
}
