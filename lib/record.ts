/** One header of a record. Kafka headers are an ordered list, keys may repeat, and a value may be null. */
export interface RecordHeader {
  key: string
  value: Buffer | null
}

/** One Kafka record as its source cluster holds it: bytes, with null apart from empty. */
export interface KafkaRecord {
  topic: string
  partition: number
  /** -1 where the platform gives none. */
  offset: number
  /** Milliseconds since the epoch; -1 when Kafka has none, or the platform gives none. */
  timestamp: number
  /** The time of the event, in milliseconds since the epoch, where the platform gives that instead of a timestamp. */
  eventTime?: number
  key: Buffer | null
  /** Null is a tombstone; empty bytes are not one. */
  value: Buffer | null
  headers: RecordHeader[]
}

export interface TopicPartition {
  topic: string
  partition: number
}
