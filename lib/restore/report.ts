import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** What a restore has done, or would do. Programs read it: fields are never renamed. */
export interface RestoreReport {
  schema: 1
  /** Identifies the restore: one with the same id continues it. */
  id: string
  /** `planned`: a dry run. `unfinished`: it was interrupted, or its time was over. */
  outcome: 'planned' | 'restored' | 'unfinished' | 'failed'
  /** In milliseconds since the epoch. */
  started: number
  ended: number
  /** Where from, such as `s3://bucket/prefix`. */
  sources: string[]
  /** What the source can't give back. */
  losses: string[]
  topics: RestoredTopic[]
  groups: RestoredGroup[]
  /** Codes and messages, the most important first. */
  problems: { code: string; message: string; topic?: string; partition?: number; offset?: number }[]
  /** Runs before this one whose reports are in the same folder, the oldest first. */
  earlier?: EarlierRun[]
  /** Of a dry run: how long the restore will take, in milliseconds, judged by the reading. */
  estimatedMs?: number
}

/** A run of the same restore, or another one with the same folder for its report. */
export interface EarlierRun extends Pick<RestoreReport, 'id' | 'outcome' | 'started' | 'ended'> {
  /** Records. */
  produced: number
  /** The report's name in the folder, without `.json` or `.html`. */
  report: string
}

export interface RestoredTopic {
  topic: string
  target: string
  /** Whether the target topic was there before; `create`: a dry run would create it. */
  targetState: 'created' | 'present' | 'purged' | 'create'
  partitions: number
  settings: Record<string, string>
  places: RestoredPartition[]
}

export interface RestoredPartition extends TopicPartition {
  /** Read and selected. */
  records: number
  /** Of their keys, values and headers. */
  bytes: number
  firstOffset?: number
  lastOffset?: number
  /** Records that were on the target already, written by an earlier run of the same restore. */
  present: number
  /** Records that this run has produced, and the offsets on the target of the first and last one. */
  produced: number
  targetFirst?: number
  targetLast?: number
  /**
   * Offsets that the dump lacks: the first 1,000 runs, and of all topic-partitions 10,000 together; and how many offsets they are
   * altogether.
   */
  missing: OffsetRuns
  missingOffsets: number
  duplicates: number
  conflicts: number
  corrupt: { key: string; message: string; firstOffset?: number; lastOffset?: number }[]
  /** Digests of `lib/record-digest.ts`, over what was read and selected, and over what was produced, by this run. */
  digestRead: string
  digestProduced: string
}

export interface RestoredGroup {
  group: string
  /**
   * `planned`: it would be set. `active`: it has members, so it was left alone. `unchanged`: it was there already. `unknown`:
   * nothing was recorded of it in the restored topics, or no record of them was restored. `undone`: it is where it was before
   * the restore.
   */
  outcome: 'set' | 'planned' | 'active' | 'unchanged' | 'failed' | 'unknown' | 'undone'
  positions: RestoredPosition[]
  /** Why it failed, or what is special. */
  message?: string
}

/** The position of a group in a partition of the target. */
export interface RestoredPosition extends TopicPartition {
  /** Where the group was; absent when it had no position there. */
  before?: number
  /**
   * Where it continues. Absent in a dry run of records that are not on the target yet, and where undoing removes the
   * position, which wasn't there before.
   */
  offset?: number
  /** The position on the source that was recorded. */
  recorded?: number
}
