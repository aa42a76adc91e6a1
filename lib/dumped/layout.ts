import type { CommitStore } from '../commits/commit-store.ts'
import type { StoredRecord } from '../formats/format.ts'

/** What is known of an object's records without reading them, or after a survey. */
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

/** A record as an object of a layout holds it. Its offset is -1 where the object doesn't say: see {@link Layout.isChained}. */
export interface LayoutRecord extends StoredRecord {
  /**
   * The connector left the value out, because it was too large. Only Kafka may have it, so the record can't be restored from
   * the dump: it is reported, with its offset and `valueSize`, and must not be taken for a tombstone.
   */
  isWithoutValue?: true
}

/** What a layout needs of the store. */
export type LayoutStore = Pick<CommitStore, 'list' | 'slice' | 'stream'>

/**
 * How a connector arranges records in objects. One contract for the dumps of this project without a commit log and for those of
 * other connectors, a file each.
 */
export interface Layout {
  /** What this layout can't give back of a record, for the report and the documentation. Empty: everything comes back. */
  losses: readonly string[]
  /**
   * Whether the objects of a topic-partition are read one after the other, in the order of their first offsets, instead of being
   * merged by offset: their records may have no offsets. `chained` of `layouts/chain.ts` reads them.
   */
  isChained: boolean
  /**
   * What a key says. `unread`: only the records tell, so {@link survey} is asked. Undefined for keys that aren't of an object
   * with records, such as a companion with keys or headers.
   */
  parse(key: string): LayoutName | 'unread' | undefined
  /**
   * The topic-partitions of an object whose key says nothing, each with its first and last offset. Reads the object. Only layouts
   * whose `parse` returns `unread` have it.
   *
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  survey?(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): Promise<LayoutName[]>
  /**
   * The records of the object's topic and partition, in the object's order, some at a time, in memory that doesn't grow with
   * the object. Topic and partition are those of the name where the object doesn't have them.
   *
   * @throws CodedError `RECORD_UNDECODABLE`
   */
  read(object: LayoutObject, store: LayoutStore): AsyncIterable<LayoutRecord[]>
}
