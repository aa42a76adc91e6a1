import type { Unit } from '../commits/entry.ts'
import type { Compaction, RunTime, UnitReport } from './compaction.ts'

export interface CompactionRun {
  time: RunTime
  /** Only these. Absent: all units of which something may be due. */
  units?: Unit[]
  /** Whether units are compacted of which, by their names, nothing is due: by commands. */
  all?: boolean
  /** Plans without creating, deleting or moving anything. */
  dryRun?: boolean
  /** Is told when units were listed, and after each. */
  onProgress?(progress: RunProgress): void
}

export interface RunProgress {
  units: number
  done: number
  /** The unit that was compacted last. */
  report?: UnitReport
}

export interface RunReport {
  /** Units that were compacted, or of which the time ended the work. */
  reports: UnitReport[]
  /** Units that wait for another invocation, the oldest first. */
  left: Unit[]
  /** Units that failed, with the reason. The others are not affected. */
  failed: { unit: Unit; error: Error }[]
  /** Staged objects and their bytes, when the run began. */
  staged: { objects: number; bytes: number; oldest?: number }
}

/** Runs all units of which something may be due, the oldest first. */
export async function compact(compaction: Compaction, run: CompactionRun): Promise<RunReport> {
  throw new Error(`not yet: ${compaction} ${run}`)
}
