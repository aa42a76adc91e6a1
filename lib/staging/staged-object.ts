import type { FormatSettings } from '../formats/encode.ts'

/**
 * Offsets as runs of neighbours, ascending: first offset and number of offsets of each run. A batch without gaps is one run.
 */
export type OffsetRuns = [first: number, count: number][]

/** The records of one path of a batch, within a staged object. */
export interface StagedFrame {
  /** The partitioner's folders; absent with the default partitioner. */
  path?: string
  /** Where the frame's bytes begin. */
  start: number
  /** Bytes, compressed. */
  bytes: number
  /** CRC-32 of the bytes. */
  crc32: number
  records: number
  offsets: OffsetRuns
  /** Least and greatest timestamp of its records, in milliseconds since the epoch; -1 where Kafka has none. */
  minTimestamp: number
  maxTimestamp: number
  /** Offsets of the records whose values are objects of their own (`_overflow`). Absent: none. */
  large?: number[]
  /** Bytes of each record with its separator, in formats that keep values only. */
  lengths?: number[]
}

/** What stands behind the frames of a staged object. */
export interface StagedIndex {
  schema: 1
  topic: string
  partition: number
  /** How the frames were encoded. Only frames of the same form are joined. */
  form: FormatSettings
  /** In the order of their paths. */
  frames: StagedFrame[]
  /**
   * Whether the object is a copy of one that a dump without rotation left. It has another digest then, and so another key, than
   * the same batch that comes again: whoever deletes that one, because the original has its records, doesn't delete the copy.
   */
  adopted?: true
}

/** What the name of a staged object says, so that planning needs no request for each object. */
export interface StagedName {
  topic: string
  partition: number
  firstOffset: number
  lastOffset: number
  records: number
  minTimestamp: number
  maxTimestamp: number
  /** Digest of the form: see {@link StagedIndex.form}. */
  form: string
  /** Digest of the object's bytes: other bytes have another name, so a staged object never changes. */
  digest: string
  /** The only frame's path. Absent: the object has several frames, gaps, large values or a long path; its index tells. */
  only?: { path?: string }
  /** Of an object with these frames: `json.gz`, `parquet`, … */
  extension: string
}
