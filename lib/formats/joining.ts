import type { EncodeOptions, StoredRecord } from './format.ts'

/**
 * How objects of a format are made of frames. A frame holds records in the form that can be joined, compressed by itself: lines,
 * elements of a JSON array without its brackets, blocks of an Avro container without its header, a Parquet file's row groups.
 * Joining copies the bytes; it decodes nothing but small frames of Parquet, which are rewritten as larger ones.
 */
export interface Joining {
  /**
   * The same records and options always give the same bytes.
   *
   * @param records at least one
   */
  frame(records: StoredRecord[], options: EncodeOptions): Promise<Buffer>
  /**
   * A frame with the records of an object that `encode` wrote, without decoding them; undefined where that can't be done: the
   * object was written with other options, or has no records.
   *
   * @param object as it is stored, with the options' compression
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  frameOf(object: Buffer, options: EncodeOptions): Promise<Buffer | undefined>
  /**
   * The records of a frame back. Where the format keeps values only, a record has what its line has, and the offset that
   * `offsets` gives it; `frame` makes the same line of it again.
   *
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  records(frame: Buffer, options: EncodeOptions, lines: FrameLines): Promise<StoredRecord[]>
  /**
   * Bytes of each record with its separator, before compression: {@link FrameLines.lengths}. Only in formats that keep values
   * only, where the values may contain the separator.
   */
  lengths?(records: StoredRecord[], options: EncodeOptions): number[]
  /**
   * Begins an object. One without frames is a valid object without records.
   *
   * @param identity differs between objects; whatever an object needs that must differ (Avro's sync marker) follows from it, so
   * that the same frames and identity give the same bytes
   */
  begin(options: EncodeOptions, identity: string): JoinedObject
}

/** What a frame of a format that keeps values only needs to be divided into its records again. */
export interface FrameLines {
  topic: string
  partition: number
  /** The offset of each record. */
  offsets: Iterable<number>
  /** Bytes of each record with its separator, before compression. Present only in such formats. */
  lengths?: readonly number[]
}

/** An object that grows by frames. */
export interface JoinedObject {
  /** @returns the bytes that follow those returned so far; none while a frame is held back for others (a row group) */
  add(frame: Buffer): Promise<Buffer[]>
  /** @returns the last bytes */
  end(): Promise<Buffer[]>
}
