import type { DocumentOf } from './document.ts'
import type { ShownBytes, ShownRecord } from './records.ts'

/** A folder or an object of the bucket. */
export type TreeEntry =
  | { kind: 'folder'; prefix: string }
  | { kind: 'object'; key: string; bytes: number; written: number }

export interface TreeAnswer {
  bucket: string
  prefix: string
  /** The connector's own folder. */
  home: string
  /** In the order of their names. */
  entries: TreeEntry[]
  /** Where the next page begins; absent: there is none. */
  next?: string
}

/** A run of offsets in the strip of a partition. */
export interface CoverageRun {
  kind: CoverageKind
  firstOffset: number
  lastOffset: number
  /** How many objects, gaps, overlaps or staged batches it stands for: neighbours are joined where there are many. */
  count: number
  /** How many offsets these have together, of gaps and overlaps. */
  offsets: number
  /** Of a single object or batch. */
  key?: string
  /** Why a gap is there. */
  reason?: string
}

export type CoverageKind = 'object' | 'gap' | 'overlap' | 'staged'

/** A partition of a topic, or the objects that have records of all its partitions. */
export interface Coverage {
  topic: string
  partition: number | 'all'
  objects: number
  bytes: number
  /** Batches that wait to be compacted. */
  staged: number
  /** Offsets that no object has. */
  missing: number
  /** Offsets that several objects of a folder have. */
  repeated: number
  /** Before this offset, it was dumped without rotation, and what was is not listed. */
  earlier?: number
  /** Whether an entry of the commit log is being carried out. */
  isUnderWay?: boolean
  /** By kind, in the order of their offsets. None for `all`, as its offsets are those of several partitions. */
  runs: CoverageRun[]
}

export interface CoverageAnswer {
  /** Some of them, from `after` on. */
  partitions: Coverage[]
  /** How many there are, and how many of them have gaps or overlaps. */
  known: { partitions: number; troubled: number }
  /** Topics that have objects or staged batches. */
  topics: string[]
  /** The newest first, and not more than can be looked through. */
  quarantined: { key: string; bytes: number; quarantined: number }[]
  total: Omit<Extract<DocumentOf<'objects'>, { type: 'total' }>, 'type'>
  /** Whether there are more objects than are looked at for the page: then neither sums nor gaps are complete. */
  isCut: boolean
  /** When it was read, in milliseconds since the epoch. */
  read: number
}

/** An object, a batch or a gap in a stretch of offsets. */
export interface StretchEntry {
  kind: CoverageKind
  /** -1 where an object's name tells no offsets. */
  firstOffset: number
  lastOffset: number
  /** Of an object or a batch, as all that follows. */
  key?: string
  bytes?: number
  records?: number
  /** When it was written or staged, in milliseconds since the epoch. */
  written?: number
  /** What closed the object, or why a gap is there. */
  reason?: string
  /** Whether its records are older than the retention: it is deleted already, or within a day. */
  expired?: true
}

export interface StretchAnswer {
  /** Some of them, from `after` on: those of the highest offsets first. */
  entries: StretchEntry[]
  /** How many there are. */
  count: number
  /** All of them as a strip; none for `all`. */
  runs: CoverageRun[]
}

/** A record as an object holds it. */
export interface ShownStoredRecord extends ShownRecord {
  /** The key of the object that holds the value, where that was too large for this one. */
  valueObject?: string
}

export interface ObjectAnswer {
  bucket: string
  key: string
  bytes: number
  /** In milliseconds since the epoch. */
  written: number
  /** Such as `parquet`; null: its name is not that of an object with records. */
  format: string | null
  /** Why it is in quarantine. */
  quarantined?: string
  /** Statements that read it alone; absent: readers don't see it. */
  query?: { duckdb: string; athena: string }
  /** Its records, its lines where the format keeps values only, or its first bytes. */
  content: { records: ShownStoredRecord[] } | { lines: ShownBytes[] } | { bytes: ShownBytes }
  /** How many records or lines were passed over before the next page; absent: there is none. */
  next?: number
  /** Why there are no more, although there should be: the object is damaged. */
  problem?: string
}
