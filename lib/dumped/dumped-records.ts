import type { CodedError } from '../error.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { PassedOverObjects } from './catalog.ts'

/** What is read of a dump. Absent members don't restrict anything. */
export interface RecordSelection {
  /** Names of topics, or regular expressions for whole names in slashes: `/orders-.+/`. */
  topics?: string[]
  partitions?: number[]
  /** By topic and partition. Topic-partitions that aren't named are left out. */
  offsets?: Record<string, Record<number, OffsetRuns>>
  /** Records with this timestamp or a later one, in milliseconds since the epoch. Records without a timestamp are left out. */
  from?: number
  /** Records with an earlier timestamp than this one, in milliseconds since the epoch. */
  until?: number
  /** Records with one of these keys. */
  keys?: Buffer[]
}

/** The objects of one topic-partition, as far as names and logs tell. */
export interface DumpedPartition extends TopicPartition {
  /** Bounds of what the objects have; undefined where only their records tell. */
  firstOffset?: number
  lastOffset?: number
  objects: number
  bytes: number
}

/** An object that can't be read. Offsets are those of its name, if it tells them. */
export interface CorruptObject {
  key: string
  firstOffset?: number
  lastOffset?: number
  error: CodedError
}

/** Some records of a topic-partition. */
export interface DumpedBatch {
  /**
   * In the order of their offsets. Each offset comes once, with its large value in place. None: what was read isn't selected,
   * which is told so that whoever reads for a long time knows how far it has come.
   */
  records: KafkaRecord[]
  /** All selected records with a lower offset are in this batch or in an earlier one. */
  next: number
  /** Bytes of the objects that were read so far for the topic-partition, as they are stored. */
  bytesRead: number
}

/** What was found while a topic-partition was read. Complete once its reading has ended. */
export interface ReadingFindings {
  /** Records left out because another object had the same offset. */
  duplicates: number
  /** Of these, records that differ from the one that was kept. */
  conflicts: number
  /** Records left out by the selection, of the objects that were read. */
  unselected: number
  /**
   * Offsets between the first and the last one, or within the selected ranges, that no object has. Transaction markers and
   * compacted topics leave such gaps as well. The first 10,000 runs.
   */
  missing: OffsetRuns
  /** How many offsets are missing, of all runs. */
  missingOffsets: number
  /** Objects that were passed over. */
  corrupt: CorruptObject[]
}

export interface ReadingOptions {
  /** Passes over objects that can't be read, and reports them. Otherwise the first one ends the reading with its error. */
  skipCorrupt?: boolean
  /** Records up to this offset, itself included, are passed over, and objects that have only such records aren't read. */
  after?: number
  signal?: AbortSignal
  findings: ReadingFindings
}

/** A dump as a source of records. */
export interface DumpedRecords {
  /** What the dumps can't give back of a record, for people. Empty: everything comes back. */
  losses: readonly string[]
  /** All topics, whatever is selected. */
  topics(): Promise<string[]>
  /** What is there instead of dumps of which nothing was found: sentences for people, none when there is something of each. */
  elsewhere(): Promise<string[]>
  /** Objects below the folders of the dumps that may have records, and aren't read. */
  passedOver(): Promise<PassedOverObjects[]>
  /** The topic-partitions that the selection has something of, by topic and partition. */
  partitions(selection: RecordSelection): AsyncIterable<DumpedPartition>
  /**
   * The records of a topic-partition, in memory that doesn't grow with the dump.
   *
   * @throws CodedError `DUMP_OBJECT_UNREADABLE`, `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `RESTORE_FORMAT_LOSSY`, with the
   * object's key in the message, its topic, partition and an offset; those of commit logs and of the store; the signal's reason
   */
  read(place: TopicPartition, selection: RecordSelection, options: ReadingOptions): AsyncIterable<DumpedBatch>
  /** Deletes temporary files. Nothing may be read afterwards. */
  close(): Promise<void>
}

export function noFindings(): ReadingFindings {
  return { duplicates: 0, conflicts: 0, unselected: 0, missing: [], missingOffsets: 0, corrupt: [] }
}
