/** What is recorded of a cluster beside a dump. */
export const snapshotKinds = ['topics', 'groups'] as const
export type SnapshotKind = (typeof snapshotKinds)[number]

/** The topics of a cluster, as they were at one time. */
export interface TopicsSnapshot {
  schema: 1
  /** When all of it had been read, up to a whole second, in milliseconds since the epoch. */
  time: number
  /** By name. */
  topics: ReadonlyMap<string, RecordedTopic>
}

export interface RecordedTopic {
  partitions: number
  replicas: number
  /** Settings made on the topic itself, without the broker's defaults. */
  settings: Record<string, string>
}

/** The consumer groups of a cluster, as they were at one time. */
export interface GroupsSnapshot {
  schema: 1
  /** When all of it had been read, up to a whole second, in milliseconds since the epoch. */
  time: number
  /** By name. */
  groups: ReadonlyMap<string, RecordedGroup>
  /** Bounds of the partitions that the groups have positions in, by topic and partition. */
  bounds: ReadonlyMap<string, ReadonlyMap<number, RecordedBounds>>
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
  /** What the group's own program stored with the offset; `''` if nothing. */
  metadata: string
}

/** The offset of the first record that Kafka kept, and the offset after the last one. */
export interface RecordedBounds {
  start: number
  end: number
}
