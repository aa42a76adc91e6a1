import type { RecordHeader } from '../../record.ts'

/** Who set a record's timestamp: its producer, or the broker. The names are Kafka's own (`message.timestamp.type`). */
export type TimestampType = 'CREATE_TIME' | 'LOG_APPEND_TIME'

/** A record that a consumer group reads. */
export interface ConsumedRecord {
  offset: number
  /** Milliseconds since the epoch; -1 if Kafka has none. */
  timestamp: number
  timestampType: TimestampType
  key: Buffer | null
  value: Buffer | null
  /** Records may share one array. */
  headers: readonly RecordHeader[]
}
