import type { CommitStore } from '../commits/commit-store.ts'
import type { StoredRecord } from '../formats/format.ts'

/** What the key of an object says. */
export interface LayoutName {
  topic: string
  /** `all`: its records are of several partitions. */
  partition: number | 'all'
  /** Absent where only the records tell. */
  firstOffset?: number
  lastOffset?: number
}

/** An object that a layout has recognized. */
export interface LayoutObject extends LayoutName {
  key: string
  size: number
}

/**
 * How a connector arranges records in objects. One contract for the dumps of this project without a commit log and for those of
 * other connectors, a file each.
 */
export interface Layout {
  /** What this layout can't give back of a record, for the report and the documentation. Empty: everything comes back. */
  losses: readonly string[]
  /** Undefined for keys that aren't of an object with records, such as a companion with keys or headers. */
  parse(key: string): LayoutName | undefined
  /**
   * The records in the object's order, some at a time, in memory that doesn't grow with the object. Fields that the object
   * doesn't have are those of its name, counted from its first offset.
   *
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  read(object: LayoutObject, store: Pick<CommitStore, 'slice' | 'stream' | 'head'>): AsyncIterable<StoredRecord[]>
}
