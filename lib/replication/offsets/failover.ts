import type { LogBounds } from '../../kafka/admin/group-offsets.ts'
import { withinLog } from './consumer-offsets.ts'

/** What is known of a group in one partition of the target. */
export interface GroupPlace {
  /** Where its position on the source is on the target, as exactly as that is known; undefined when it is not. */
  translated?: number
  /** The offset on the target in its newest checkpoint. */
  checkpoint?: number
  /** The position that it has on the target. */
  onTarget?: number
  /** The partition on the target. */
  log?: LogBounds
}

/** Where a group would begin on the target if its consumers went there now. */
export interface FailoverStart {
  /** The offset on the target; null when `auto.offset.reset` of its consumers decides. */
  next: number | null
  /** Records that it would read a second time; negative: that it would not read at all. Null when that is not known. */
  again: number | null
}

/**
 * Where a group would begin on the target, and how many records it has read already. Its own position there counts before the
 * checkpoint. Records are counted by offsets, so transaction markers and records that compaction has removed count as well.
 */
export function failoverStart({ translated, checkpoint, onTarget, log }: GroupPlace): FailoverStart {
  const next = onTarget ?? checkpoint
  if (next === undefined || (log && (next < log.start || next > log.end))) return { next: null, again: null }
  if (translated === undefined) return { next, again: null }
  return { next, again: (log ? withinLog(translated, log) : translated) - next }
}
