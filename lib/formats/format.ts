import type { KafkaRecord } from '../record.ts'
import type { CompressionName } from './compression.ts'

/** A record as an object holds it. */
export interface StoredRecord extends KafkaRecord {
  /** Bytes of the value as Kafka has it, 0 for a tombstone; only where the object says so. */
  valueSize?: number
  /** The key of the object that holds the value, which is null here. */
  valueObject?: string
}

/**
 * What the values of an object are: any bytes; JSON texts in UTF-8, which become part of a JSON format's own JSON and
 * strings elsewhere; or bytes of which a text format is to have the base64, text or not.
 */
export type ValueContent = 'bytes' | 'json' | 'base64'

export interface EncodeOptions {
  values: ValueContent
  compression: CompressionName
  includeHeaders: boolean
  /** Whether each record has its key. Only formats that keep less than the record can leave it out. */
  includeKey: boolean
  /** Whether each record says the size of its value. */
  includeValueSize: boolean
  /** Larger values are in objects of their own, and a format with columns has some for that. Absent: none are. */
  maxInlineValueBytes?: number
  /** What stands behind each record of a format in lines. */
  recordSeparator: string
}

/** How the records of an object become its bytes, and bytes records again. A format is one file and one line in `index.ts`. */
export interface Format {
  /** What the object key's extension begins with. */
  name: string
  contentType: string
  /**
   * Whether `encode` compresses by itself, part by part, so that a reader can take some parts only. Otherwise the object is
   * compressed whole, which its key and its Content-Encoding say.
   */
  compressesInside: boolean
  /** The same records and options always give the same bytes. */
  encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer>
  /**
   * The records back, byte for byte; headers only where they were included. Absent where the format keeps too little.
   *
   * @throws CodedError `RECORD_UNDECODABLE` when the bytes are not of this format
   */
  decode?(bytes: Buffer): Promise<StoredRecord[]>
}
