import type { Unit } from '../commits/entry.ts'
import type { Compaction, RunTime, UnitReport } from './compaction.ts'

/**
 * Compacts one unit: finishes what another run began, then makes objects of what is staged until nothing more closes or the
 * time is over. May run any number of times at once, and may be interrupted anywhere.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`,
 * `STORE_OBJECT_DIFFERS`, `OUT_OF_TIME` after the end, and those of the store
 */
export async function compactUnit(unit: Unit, compaction: Compaction, time: RunTime): Promise<UnitReport> {
  throw new Error(`not yet: ${unit} ${compaction} ${time}`)
}
