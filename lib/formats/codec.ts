import type { ByteSource } from './byte-source.ts'
import type { CompressionName } from './compression.ts'
import type { EncodeOptions, StoredRecord, ValueContent } from './format.ts'
import type { Joining } from './joining.ts'

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
  /**
   * The records of an object as it is stored, some at a time, in memory that doesn't grow with the object. Absent where the
   * format keeps too little.
   *
   * @param compression of the object as a whole; without effect where the format compresses inside
   * @throws CodedError `RECORD_UNDECODABLE`, after the records before
   */
  read?(source: ByteSource, compression: CompressionName): AsyncIterable<StoredRecord[]>
  /** How objects are made of frames. */
  joining: Joining
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
  /** Bytes that an object which is being joined holds back at most, beside what its writer holds. */
  holdsBackBytes: number
  load(): Promise<FormatCodec>
}
