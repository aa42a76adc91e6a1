import type { DumpConnector } from '../declaration/connector.ts'
import { longestWait } from '../resources/compaction-alarm.ts'
import { type Fault, when } from './fault.ts'

const DAY_MS = 86_400_000

/**
 * The least retention with rotation, in days. The lifecycle rule also deletes what is staged, and the log of commits, which has
 * to outlive every worker that may still be alive.
 */
const LEAST_RETENTION = 14

/** Keys that only compaction acts on. */
const COMPACTED = ['keepLatest', 'tombstones', 'recordRetentionDays'] as const

/** Rules of rotation that involve keys which are no variables; the others are those of the function `compact`. */
export function rotationFaults(connector: DumpConnector): Fault[] {
  const { to } = connector.declaration
  const { retentionDays, rotate, keepLatest } = to
  if (!rotate) {
    const declared = COMPACTED.filter(name => to[name] && to[name] !== 'false')
    return declared.flatMap(name =>
      when(true, `to.${name}`, 'expected to.rotate as well, as only compaction does this'),
    )
  }
  const least = Math.ceil(Math.max(LEAST_RETENTION, longestWait(connector) / DAY_MS + 1))
  const recordDays = Number(to.recordRetentionDays)
  return [
    ...when(
      retentionDays && retentionDays < least,
      'to.retentionDays',
      `expected at least ${least} with to.rotate, as what is staged expires as well; to.recordRetentionDays can be less`,
    ),
    ...when(
      retentionDays && keepLatest === 'true',
      'to.retentionDays',
      'expected nothing with to.keepLatest: a key that is not written again would be lost',
    ),
    ...when(
      retentionDays && recordDays >= retentionDays,
      'to.recordRetentionDays',
      `expected less than to.retentionDays, ${retentionDays}, after which objects are deleted anyway`,
    ),
  ]
}
