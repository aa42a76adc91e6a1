/** A partition of a replicated topic on both clusters. */
export interface ReplicatedPartition {
  topic: string
  partition: number
  /** The topic's name on the target. */
  target: string
  /** Of the source: the first offset, the one behind the last, and where the connector continues. Null: it is not known. */
  source: { start: number; end: number; committed: number | null } | null
  /** Records that the target doesn't have yet. */
  behind: number | null
  /** Of the partition with the same number on the target. Null: it doesn't exist, or is not known. */
  copy: { start: number; end: number } | null
}

/** A consumer group of the source. */
export interface ReplicatedGroup {
  group: string
  /** Its state on each cluster, by Kafka's names; null when it isn't there, or is not known. */
  states: { source: string | null; target: string | null }
  /** In how many partitions of replicated topics it has a position. */
  positions: number
  /** In how many of them it would begin where `auto.offset.reset` of its consumers says. */
  undecided: number
  /** Records that it has yet to read on the source; null when not all of it is known. */
  unread: number | null
  /** Records that it would read a second time after a failover now, and those that it would pass over. */
  again: number
  passedOver: number
  /** In how many partitions it is not known what it would read a second time. */
  unclear: number
}

/** A group's position in one partition, with what it would read next on the target. */
export interface ReplicatedPosition {
  group: string
  /** The topic's name on the source; null when only its checkpoint is known. */
  topic: string | null
  /** The topic's name on the target. */
  target: string
  partition: number
  /** The offset at which it continues on the source. */
  committed: number | null
  /** Unread on the source. */
  unread: number | null
  /** Where that is on the target, as exactly as the offset maps say. */
  translated: number | null
  /** The offsets in its newest checkpoint on the target. */
  checkpoint: { source: number; target: number } | null
  /** The offset that the group has on the target now. */
  onTarget: number | null
  /** Where it would begin on the target after a failover now; null: where `auto.offset.reset` of its consumers says. */
  next: number | null
  /** Records that it would read a second time then; negative: that it would pass over. Null: it is not known. */
  again: number | null
}

export interface ReplicationArgs {
  name: string
  /** Only partitions of this topic of the source. */
  topic?: string
  /** Only positions of this group. */
  group?: string
}

/** Something that could not be found out. */
export interface ReplicationGap {
  /** What it is, and why. */
  sentence: string
  /** When what is shown of it was found out, in milliseconds since the epoch; null when nothing is shown. */
  shown: number | null
}

export interface ReplicationAnswer {
  /** The clusters' names. */
  source: string
  target: string
  /** Which partition of the target a record goes to. Only with `same` are the offsets those of the same records. */
  partitioner: 'same' | 'key' | 'round-robin'
  /** Whether positions of groups are translated, and whether they are set on the target; null: the connector doesn't. */
  syncOffsets: { setsPositions: boolean } | null
  /** Every replicated topic of the source. */
  topics: string[]
  /** In order; where there are too many, those that are furthest behind. */
  partitions: ReplicatedPartition[]
  partitionCount: number
  /** Records of all of these partitions that the target doesn't have yet; null when not all of it is known. */
  behind: number | null
  /** In order; where there are too many, those that would read most a second time. */
  groups: ReplicatedGroup[]
  groupCount: number
  /** Likewise. */
  positions: ReplicatedPosition[]
  positionCount: number
  /** The newest heartbeat on the target, in milliseconds since the epoch; null when there is none. */
  heartbeat: number | null
  /** When the newest checkpoint was written, in milliseconds since the epoch; null when there is none. */
  newestCheckpoint: number | null
  /** What could not be found out. */
  unknown: ReplicationGap[]
}
