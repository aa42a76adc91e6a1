/**
 * One header of a record. Kafka's headers are an ordered list in which keys may repeat and values may be null.
 *
 * @public
 */
export interface RecordHeader {
  /** Its name. */
  key: string
  /** Null and empty are distinct. */
  value: Buffer | null
}

/**
 * One Kafka record as the source cluster stores it, in bytes. Null and empty are distinct.
 *
 * @public
 */
export interface KafkaRecord {
  /** The topic that it was read from. */
  topic: string
  /** -1 when the platform doesn't provide it. */
  partition: number
  /** -1 when the platform doesn't provide it. */
  offset: number
  /** Milliseconds since the epoch; -1 when Kafka has none or the platform doesn't provide it. */
  timestamp: number
  /** When the platform created the event, in milliseconds since the epoch. Set only if the platform gives no timestamp. */
  eventTime?: number
  /** Null where the record has none. */
  key: Buffer | null
  /** Null is a tombstone; empty bytes are not. */
  value: Buffer | null
  /** The id of the value's schema. Set if the platform validated the value and removed the id from its beginning. */
  valueSchemaId?: string
  /** Records may share one array. */
  headers: readonly RecordHeader[]
}

/**
 * A partition of a topic.
 *
 * @public
 */
export interface TopicPartition {
  /** The topic's name. */
  topic: string
  /** -1 when the platform doesn't provide it. */
  partition: number
}

/** A record to produce. Without a partition, the producer chooses one. */
export type OutgoingRecord = Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'> & { partition?: number }

/** Produces records to topics of one cluster; created by `lib/kafka/produce/producer.ts`. */
export interface RecordProducer {
  /**
   * Sends the records and returns when the cluster has acknowledged all of them.
   *
   * @param deadline in milliseconds since the epoch
   * @param onStored receives the indexes of the records of each request that the cluster has acknowledged, even if others
   * fail
   * @throws RefusedRecordsError when the topic refuses some of the records
   * @throws CodedError
   */
  send(
    topic: string,
    records: OutgoingRecord[],
    deadline: number,
    onStored?: (indexes: number[]) => void,
  ): Promise<unknown>
}
