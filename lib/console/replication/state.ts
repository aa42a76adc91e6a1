import type { CommittedPosition, LogBounds } from '../../kafka/admin/group-offsets.ts'
import type { Checkpoint } from '../../replication/offsets/mirror-records.ts'

type Bounds = Map<string, Map<number, LogBounds>>

/** What the source says. */
export interface SourceState {
  /** The replicated topics, with their number of partitions. */
  topics: Map<string, number>
  bounds: Bounds
  /** Where the connector continues, by topic. */
  reached: Map<string, CommittedPosition[]>
  states: Map<string, string>
  /** Positions of the groups that are translated. */
  groups: Map<string, CommittedPosition[]>
}

/** What the target says. */
export interface TargetState {
  bounds: Bounds
  states: Map<string, string>
  groups: Map<string, CommittedPosition[]>
}

/** The newest checkpoint of each group and partition, and where to read on. */
export interface Checkpoints {
  next: number
  newest: Map<string, Checkpoint>
}

/** When the connector last showed that it runs, in milliseconds since the epoch; null when there is no sign of it. */
export interface Signs {
  heartbeat: number | null
  newestCheckpoint: number | null
}
