import type { DumpedRecords } from '../dumped/dumped-records.ts'
import type { PartitionerName } from '../kafka/produce/partitioner.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Routing } from '../replication/routing.ts'
import type { RecordedTopic } from '../snapshots/snapshot.ts'
import type { RestoreProgress } from './progress.ts'
import type { RestoredPartition, RestoredTopic, RestoreReport } from './report.ts'
import type { RestoreRequest } from './request.ts'
import type { RestoreTarget } from './target.ts'

/** One restore: where its records come from, and how they get to the target. Opened once, outside of a handler. */
export interface Restoration {
  id: string
  /** Such as `s3://bucket/prefix`, in the order in which they were given. */
  sources: string[]
  /** What the source can't give back. */
  losses: string[]
  dumped: DumpedRecords
  routing: Routing
  recorded: RecordedTopics
  target: RestoreTarget
  /** Absent: groups are left alone. */
  groups?: GroupsRestoration
  logger: Log
  telemetry: Telemetry
}

/** The topics as they were recorded beside the dump. */
export interface RecordedTopics {
  /** Undefined for a topic that was not recorded. */
  topic(name: string): Promise<RecordedTopic | undefined>
}

/** Sets groups to where they were, once records are restored. */
export interface GroupsRestoration {
  /** @throws CodedError when nothing was set */
  restore(request: RestoreRequest, restored: RestoredPlaces): Promise<RestoredGroups>
  /**
   * Sets groups back to what they had before this restore set them.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError when nothing was changed
   */
  undo(deadline: number): Promise<RestoredGroups>
}

/** What became of the groups, and what the report has to tell besides. */
export interface RestoredGroups extends Pick<RestoreReport, 'groups' | 'problems'> {
  /** Nothing could be set; the problems tell why. */
  isFailed?: boolean
}

export interface RestoredPlaces {
  topics: PreparedTopic[]
  /** Those that were restored completely. */
  places: RestoredPartition[]
  partitioner: PartitionerName
  dryRun: boolean
  /** In milliseconds since the epoch. */
  deadline: number
}

/** How long a restore may take, and who is told. */
export interface RestoreTime {
  /** In milliseconds since the epoch; infinity where nothing ends it. No write begins after it. */
  deadline: number
  /** Aborts when the restore is to end soon. What is being written is finished. */
  signal: AbortSignal
  progress: RestoreProgress
}

export type Problem = RestoreReport['problems'][number]

/** A topic of the dump and the topic that its records go to. */
export interface PreparedTopic
  extends Pick<RestoredTopic, 'topic' | 'target' | 'targetState' | 'partitions' | 'settings'> {
  /** See `restoredTopicId`. Absent: a dry run, and the target topic doesn't exist. */
  topicId?: string
  problems: Problem[]
}
