/** One header of a record. Kafka headers are an ordered list, keys may repeat, and a value may be null. */
export interface RecordHeader {
  key: string
  value: Buffer | null
}

/** One Kafka record as its source cluster holds it: bytes, with null apart from empty. */
export interface KafkaRecord {
  topic: string
  /** -1 when the platform doesn't say it. */
  partition: number
  /** -1 when the platform doesn't say it. */
  offset: number
  /** Milliseconds since the epoch; -1 when Kafka has none, or the platform doesn't say it. */
  timestamp: number
  /** When the platform made the event, in milliseconds since the epoch: only where it says that instead of a timestamp. */
  eventTime?: number
  key: Buffer | null
  /** Null is a tombstone; empty bytes are not one. */
  value: Buffer | null
  /** The id of the value's schema, where the platform has checked the value and taken the id from its beginning. */
  valueSchemaId?: string
  /** Records may share them. */
  headers: readonly RecordHeader[]
}

export interface TopicPartition {
  topic: string
  /** -1 when the platform doesn't say it. */
  partition: number
}

/** A record to be produced. Without a partition, the producer chooses one. */
export type OutgoingRecord = Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'> & { partition?: number }

/** Produces records to topics of one cluster; `lib/kafka/produce/producer.ts` makes it. */
export interface RecordProducer {
  /**
   * Sends the records and returns when the cluster has them all.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError
   */
  send(topic: string, records: OutgoingRecord[], deadline: number): Promise<unknown>
}
