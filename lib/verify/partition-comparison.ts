import type { TopicPartition } from '../record.ts'
import type { RecordField } from './record-fields.ts'

/** How a partition compares with its copy. `first` is the dump or the source topic, `second` the topic or the target's. */
export interface PartitionComparison extends TopicPartition {
  /** The name of the second topic, where it has another one. */
  other?: string
  /** Records that both have, in all compared fields the same. */
  equal: number
  /** Records that both have, with a difference. */
  differing: number
  /** Records that only one of them has. */
  onlyFirst: number
  onlySecond: number
  /** Records that both have, but in another order. */
  moved: number
  /** Records of the first that the second had to delete: by retention, or because its topic is compacted. */
  gone: number
  /** Records of the second that the first doesn't keep: it keeps the newest of each key, or its retention has deleted them. */
  notKept: number
  /** What came after the end of the other one: offsets of the topic that aren't dumped yet, or records not replicated yet. */
  notYet: number
  /** Offsets of the topic before the first one of the dump. */
  before: number
  /** Whether the first has nothing of the partition, though the second has. */
  absent: boolean
  /** The first differences. */
  differences: Difference[]
  /** Objects of the dump that can't be read. Their records aren't compared. */
  unreadable: { key: string; message: string }[]
  /** Digests of `lib/record-digest.ts` over the compared fields of what both should have. */
  digestFirst: string
  digestSecond: string
}

/** A difference, by offsets and never by content. */
export interface Difference {
  kind: 'differs' | 'only-first' | 'only-second' | 'moved'
  /** Offset of the first's record. */
  first?: number
  /** Offset of the second's record. */
  second?: number
  /** Of records that differ: in what. */
  fields?: RecordField[]
}

/** Whether there is nothing that somebody has to look at. */
export function isIntact(comparison: PartitionComparison): boolean {
  const { differing, onlyFirst, onlySecond, moved, absent, unreadable } = comparison
  return differing + onlyFirst + onlySecond + moved + unreadable.length === 0 && !absent
}
