import type { KafkaRecord } from '../record.ts'
import type { Compressing } from './compression.ts'

/**
 * A record as an object holds it.
 *
 * @public
 */
export interface StoredRecord extends KafkaRecord {
  /** Bytes of the value in Kafka, 0 for a tombstone; set only if the object includes it. */
  valueSize?: number
  /** The value's bytes in Kafka, if it becomes an object of its own but was decoded, because the partitioner reads it. */
  original?: Buffer
  /** The key of the object that holds the value; the record's own value is null then. */
  valueObject?: string
}

/**
 * What the values of an object are: any bytes; JSON texts in UTF-8, which JSON formats embed and others hold as strings;
 * or bytes that a text format writes as base64 even where they are text.
 */
export type ValueContent = 'bytes' | 'json' | 'base64'

export interface EncodeOptions extends Compressing {
  values: ValueContent
  includeHeaders: boolean
  /** Whether each record includes its key. Ignored by formats that hold keys `always`. */
  includeKey: boolean
  /** Whether each record includes the size of its value. */
  includeValueSize: boolean
  /** Larger values become separate objects, and formats with columns have additional ones for that. Absent: no limit. */
  maxInlineValueBytes?: number
  /** Follows each record in formats that separate records. */
  recordSeparator: string
}
