import type { KafkaRecord } from '../record.ts'
import type { CompressionName } from './compression.ts'

/** A record as an object holds it. */
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

export interface EncodeOptions {
  values: ValueContent
  compression: CompressionName
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

/** The functions of a format, loaded when the first object is encoded or decoded. */
export interface FormatCodec {
  /** The same records and options always give the same bytes. */
  encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer>
  /**
   * The records back, byte for byte; headers only where they were included. Absent where the format keeps too little.
   *
   * @throws CodedError `RECORD_UNDECODABLE` when the bytes are not of this format
   */
  decode?(bytes: Buffer): Promise<StoredRecord[]>
}

/** What a format is. Settings, object keys, checks and the documentation ask these facts and never the format's name. */
export interface Format {
  /** The object key's extension: lower-case letters and digits. The compression's own extension may follow. */
  extension: string
  /** The object's Content-Type. */
  contentType: string
  /**
   * Whether `encode` compresses block by block, so that a reader can decompress only what it needs. Otherwise the whole
   * object is compressed, as its key and its Content-Encoding say.
   */
  compressesInside: boolean
  /** Used when no compression is configured. */
  defaultCompression: CompressionName
  /** Every column that query engines can find in a file, optional ones included; empty for formats without columns. */
  columns: readonly string[]
  /** What may follow each record: `text` can be anything, `control characters` can't be part of a record. */
  separator: 'none' | 'control characters' | 'text'
  keys: 'always' | 'on request'
  /** Whether records can include their headers. */
  holdsHeaders: boolean
  /** Whether records can include the size of their value. */
  holdsValueSizes: boolean
  /** Whether a record can name the object that holds its value. */
  holdsValueObjects: boolean
  valueContents: readonly ValueContent[]
  /**
   * Whether the uncompressed bytes of two objects, one after the other, are an object with the records of both, provided that
   * both were written with the same options. False for a JSON array, which has to be spliced, and for files with a header or
   * footer, which have to be written again. Compressed bytes can be joined too where readers take several gzip members
   * (RFC 1952, 2.2) or zstd frames (RFC 8878, 3.1); Node.js reads all members, but only the first frame.
   */
  joinable: boolean
  load(): Promise<FormatCodec>
}
