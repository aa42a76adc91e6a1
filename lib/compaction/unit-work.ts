import type { CommitLog } from '../commits/commit-log.ts'
import type { CommittedObject, Unit } from '../commits/entry.ts'
import type { NamedObject } from '../staging/staged-index.ts'
import type { Compaction, RunTime } from './compaction.ts'
import type { HeldMemory } from './held-memory.ts'
import type { StagedIndexes } from './staged-indexes.ts'

/** A unit that a worker is compacting. */
export interface UnitWork {
  unit: Unit
  /** With a store that ends with the worker's time. */
  compaction: Compaction
  log: CommitLog
  indexes: StagedIndexes
  memory: HeldMemory
  time: RunTime
  tally: Tally
}

/** What a worker did to a unit so far. */
export interface Tally {
  outputs: CommittedObject[]
  quarantined: number
  deleted: number
}

/** A staged object as it was listed. */
export interface StagedObject extends NamedObject {
  /** When it was staged, by the store's clock, in milliseconds since the epoch. */
  staged: number
}
