import type { CommitStore } from '../commits/commit-store.ts'
import type { CommittedObject, Plan, Unit } from '../commits/entry.ts'
import type { FormatSettings } from '../formats/encode.ts'
import type { ObjectKeys } from '../objects/key.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { KeepLatest, Rotation } from './rotation.ts'

/** What compaction needs, whatever the unit. Time comes from `now` alone, and requests go through `store` alone. */
export interface Compaction {
  store: CommitStore
  keys: ObjectKeys
  /** The connector's folder, without slashes at either end; `''` for the bucket's root. */
  prefix: string
  /** The connector's form today. Frames that were staged in another one keep theirs. */
  format: FormatSettings
  /** Absent: rotation was taken away, and everything that is staged is made into objects. */
  rotation?: Rotation
  /** Absent: all records are kept. */
  keepLatest?: KeepLatest
  /** How old the newest record of an object may be, in milliseconds. Absent: objects stay. */
  recordRetentionMs?: number
  /** What happens to a unit with a damaged staged object: `fail` stops it, `log` continues without these records. */
  policy: 'log' | 'fail'
  /** Bytes that a writer of the store holds at most. */
  partSize: number
  /** In milliseconds since the epoch. */
  now(): number
  logger: Log
  telemetry: Telemetry
}

/** How long a run may take. Both are in milliseconds since the epoch, by `now`. */
export interface RunTime {
  /** Nothing new is begun after it. */
  deadline: number
  /**
   * No request is sent after it, whatever is under way: a worker that was asleep must not delete what others made meanwhile.
   */
  end: number
  /** Ends the run at once. */
  signal?: AbortSignal
  /**
   * A plan that another worker made less than this many milliseconds ago is left to it: two may carry out a plan, but it costs
   * twice. Absent: every plan is carried out.
   */
  leaveToOthersMs?: number
}

/** What became of a unit. */
export interface UnitReport {
  unit: Unit
  outputs: CommittedObject[]
  /** Bytes of the outputs. */
  bytes: number
  records: number
  /** Staged objects that were put into `_quarantine`. */
  quarantined: number
  /** Staged objects that were deleted. */
  deleted: number
  /** Staged objects that are left. */
  remaining: number
  /** When the oldest of these was staged, in milliseconds since the epoch. */
  oldestStaged?: number
  /** Whether the time was over before the unit was done. */
  unfinished: boolean
  /** Of a dry run: what would be created next. */
  planned?: Plan
}
