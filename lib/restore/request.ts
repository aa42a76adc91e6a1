import type { RecordSelection } from '../dumped/dumped-records.ts'

/** What a restore is asked for. */
export interface RestoreRequest {
  /**
   * Identifies the restore: one with the same id, source and target continues where the other ended, and produces no record
   * again. Absent: an id that follows from the selection.
   */
  id?: string
  selection: RecordSelection
  /** Reads everything and produces nothing. */
  dryRun: boolean
  /** Produces to topics that have records of others already. */
  append: boolean
  /** Target topics, by name, that are deleted and created again first. */
  purge: string[]
  /** Refuses to restore when offsets are missing. */
  strict: boolean
  /** Passes over objects that can't be read, and reports them. */
  skipCorrupt: boolean
  groups: GroupsRequest
}

export interface GroupsRequest {
  strategy: GroupStrategy
  /** For the strategy `time`: milliseconds since the epoch. */
  time?: number
  /** Names, or regular expressions in slashes. Absent: all that were recorded. */
  names?: string[]
  /** Only sets groups, from what an earlier restore with the same id has produced. */
  only: boolean
  /** Sets groups back to what they had before the restore with this id set them. Nothing else is done. */
  undo: boolean
}

/**
 * Where groups continue. `recorded`: at the record that they would have read next. `earliest`, `latest`: at the first restored
 * record, or behind the last one. `time`: at the first record on the target from this time on. `none`: groups aren't touched.
 */
export const groupStrategies = ['recorded', 'earliest', 'latest', 'time', 'none'] as const
export type GroupStrategy = (typeof groupStrategies)[number]
