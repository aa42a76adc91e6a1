import type { DumpSource } from './dump-source.ts'

/** Offsets between which an object has records. */
export interface Bounds {
  first: number
  last: number
}

/** An object with records, as names and logs tell. */
export interface DumpedObject {
  source: DumpSource
  /**
   * `committed`: a commit log names it. `listed`: its key was recognized. `staged`: a batch that waits for compaction.
   * `latest`: committed, where only the newest record of each key is kept.
   */
  kind: 'committed' | 'latest' | 'listed' | 'staged'
  key: string
  /** Bytes as stored. */
  size: number
  topic: string
  partition: number | 'all'
  /** Absent where only the records tell, and for all partitions. */
  bounds?: Bounds
  /** By partition, of an object of all partitions; absent where only the records tell. */
  boundsOf?: ReadonlyMap<number, Bounds>
  /** When it was committed, or written, in milliseconds since the epoch. */
  written: number
  /** Records of damaged batches are left out of it, so that it has less than its name and the log say. */
  lacks?: true
  /** Of the log: */
  records?: number
  minTimestamp?: number
  maxTimestamp?: number
}

/** Of two objects with the same offset, the one whose record is kept comes first: a committed one, then the newest. */
export function byPrecedence(one: DumpedObject, other: DumpedObject): number {
  return (
    Number(isCommitted(other)) - Number(isCommitted(one)) ||
    other.written - one.written ||
    (one.key < other.key ? 1 : one.key > other.key ? -1 : 0)
  )
}

const isCommitted = ({ kind }: DumpedObject) => kind === 'committed' || kind === 'latest'
