import type { ClosingReason } from '../commits/entry.ts'

/** What is told of a connector's objects, line by line. The fields are stable: programs and the console rely on them. */
export type InventoryLine = ObjectLine | OffsetsLine | UnitLine | StagedLine | QuarantinedLine | OrphanLine | TotalLine

/** An object that readers see. */
export interface ObjectLine {
  type: 'object'
  topic: string
  /** `all`: of all partitions of the topic; offsets are those of several partitions then. */
  partition: number | 'all'
  key: string
  path?: string
  firstOffset: number
  lastOffset: number
  bytes: number
  /** In milliseconds since the epoch: when it was committed, or written where there is no log. */
  written: number
  /** Only of the log: */
  records?: number
  minTimestamp?: number
  maxTimestamp?: number
  etag?: string
  reason?: ClosingReason
  /** The entry of the log that made it. */
  sequence?: number
  /** Whether its records are older than the retention: it is deleted already, or within a day. It isn't counted. */
  expired?: true
}

/** Offsets that no object has (`gap`), or more than one (`overlap`). */
export interface OffsetsLine {
  type: 'gap' | 'overlap'
  topic: string
  partition: number
  firstOffset: number
  lastOffset: number
  /** `damaged`: a staged object was damaged, under the policy `log`. Absent: they were in no batch. */
  reason?: 'damaged'
}

/** What a unit has, behind its objects. */
export interface UnitLine {
  type: 'unit'
  topic: string
  partition: number | 'all'
  objects: number
  records?: number
  bytes: number
  /** Offsets in gaps. */
  missing: number
  /** By partition, the offset behind everything that was taken. */
  positions?: Record<string, number>
  /** By partition, the offset at which the log begins: what is before was written without rotation, and isn't listed. */
  earlier?: Record<string, number>
  /** The newest entry, and whether its objects are still being written. */
  sequence?: number
  isUnderWay?: boolean
}

/** A batch that waits. */
export interface StagedLine {
  type: 'staged'
  topic: string
  partition: number
  key: string
  firstOffset: number
  lastOffset: number
  records: number
  bytes: number
  /** In milliseconds since the epoch, by the store's clock. */
  staged: number
}

/** A batch that was put aside. */
export interface QuarantinedLine {
  type: 'quarantined'
  key: string
  bytes: number
  /** When it was put aside, in milliseconds since the epoch. */
  quarantined: number
}

/** A large value, in an object of its own, that no record names. */
export interface OrphanLine {
  type: 'orphan'
  topic: string
  partition: number
  offset: number
  key: string
  bytes: number
  /** In milliseconds since the epoch. */
  written: number
  /** Whether it has just been deleted. */
  deleted: boolean
}

/** The last line. */
export interface TotalLine {
  type: 'total'
  objects: number
  bytes: number
  staged: number
  stagedBytes: number
  /** When the oldest of these was staged, in milliseconds since the epoch. */
  oldestStaged?: number
  quarantined: number
}
