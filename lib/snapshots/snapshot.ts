/** The topics of a cluster, as they were at one time. */
export interface TopicsSnapshot {
  schema: 1
  /** When, in milliseconds since the epoch. */
  time: number
  topics: Record<string, RecordedTopic>
}

export interface RecordedTopic {
  partitions: number
  replicas: number
  /** Settings that differ from the broker's defaults. */
  settings: Record<string, string>
}

/** The consumer groups of a cluster, as they were at one time. */
export interface GroupsSnapshot {
  schema: 1
  /** When, in milliseconds since the epoch. */
  time: number
  groups: Record<string, RecordedGroup>
  /** Bounds of the partitions that the groups have positions in, by topic and partition. */
  bounds: Record<string, Record<number, { start: number; end: number }>>
}

export interface RecordedGroup {
  /** By Kafka's names. */
  state: string
  positions: RecordedPosition[]
}

/** Where a group continues: the offset of the next record that it reads. */
export interface RecordedPosition {
  topic: string
  partition: number
  offset: number
  metadata: string
}
