/** Bytes of a record, as far as they are shown. */
export interface ShownBytes {
  /** How many there are. */
  size: number
  /** The first of them, in Base64. */
  base64: string
  /** Whether `base64` has not all of them. */
  isCut: boolean
}

export interface ShownRecord {
  topic: string
  partition: number
  offset: number
  /** In milliseconds since the epoch; null if the record has none. */
  timestamp: number | null
  key: ShownBytes | null
  /** Null: a tombstone. */
  value: ShownBytes | null
  /** The first headers. Names that are very long are cut, and end in `…`. */
  headers: { name: string; value: ShownBytes | null }[]
  /** How many more headers there are; absent: none. */
  moreHeaders?: number
  /** The value as JSON, by the connector's schema registry; absent when the connector doesn't decode values. */
  decoded?: { json: string; isCut: boolean } | { code: string; message: string }
}

/** Of a replication, the cluster that it reads or the one that it writes to. Topics for failed records are on the source. */
export type ClusterRole = 'source' | 'target'

/** A topic that can be looked at. */
export interface ShownTopic {
  topic: string
  cluster: ClusterRole
  /** What the connector has it for. */
  use: 'source' | 'target' | 'abnormal' | 'dead-letter' | 'on-failure'
  /** Empty: the topic does not exist. The end is behind the last record that is committed. */
  partitions: { partition: number; start: number; end: number }[]
  /** Why its partitions are not known. */
  unknown?: string
}

export interface TopicsAnswer {
  topics: ShownTopic[]
}

export interface RecordsArgs {
  name: string
  topic: string
  /** Absent: the source. */
  cluster?: ClusterRole
  /** Absent: all partitions. */
  partition?: number
  /**
   * Where to begin: an offset, a time in milliseconds since the epoch, or the newest records, which come newest first.
   * `next`: where an answer before has ended.
   */
  from: { offset: number } | { time: number } | { next: string } | 'newest'
  /** Only records with this key, in Base64. */
  key?: string
  limit: number
}

export interface RecordsAnswer {
  /**
   * In the order of their timestamps, as far as the order within each partition allows. There may be fewer than asked for, though
   * more follow: a search ends after some seconds, and `next` continues it.
   */
  records: ShownRecord[]
  /** Where the next answer begins; null: there is nothing more. */
  next: string | null
  /** Offsets that were looked at for this answer, and how many are left. */
  searched: number
  left: number
}

export interface RecordArgs {
  name: string
  topic: string
  /** Absent: the source. */
  cluster?: ClusterRole
  partition: number
  offset: number
  /** Instead of the beginning of its value, the part that begins here: a page puts a large value together. */
  valueFrom?: number
}
