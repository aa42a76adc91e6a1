import { MAX_OUTPUT_BYTES, type Rotation } from './rotation.ts'
import { slotReader } from './slot.ts'
import type { StagedObject } from './unit-work.ts'

/** What names and a listing say of a unit's staged objects. */
export interface StagedSummary {
  objects: number
  bytes: number
  records: number
  /** When the oldest and the newest were staged, in milliseconds since the epoch. */
  oldest: number
  newest: number
  /** Least and greatest timestamp; infinite without timestamps. */
  minTimestamp: number
  maxTimestamp: number
  /** The first one's form, and whether there are others. */
  form: string
  hasForms: boolean
}

/** Adds a staged object to a summary. */
export function summarize(summary: StagedSummary | undefined, { name, size, staged }: StagedObject): StagedSummary {
  const { records, form, minTimestamp, maxTimestamp } = name
  const isTimed = maxTimestamp !== -1
  return {
    objects: (summary?.objects ?? 0) + 1,
    bytes: (summary?.bytes ?? 0) + size,
    records: (summary?.records ?? 0) + records,
    oldest: Math.min(summary?.oldest ?? staged, staged),
    newest: Math.max(summary?.newest ?? staged, staged),
    minTimestamp: Math.min(
      summary?.minTimestamp ?? Number.POSITIVE_INFINITY,
      isTimed ? minTimestamp : Number.POSITIVE_INFINITY,
    ),
    maxTimestamp: Math.max(
      summary?.maxTimestamp ?? Number.NEGATIVE_INFINITY,
      isTimed ? maxTimestamp : Number.NEGATIVE_INFINITY,
    ),
    form: summary?.form ?? form,
    hasForms: (summary?.hasForms ?? false) || (summary !== undefined && summary.form !== form),
  }
}

/**
 * Whether something of a unit may be due, by what its names say. Never false when something is: paths share the numbers here, so
 * each has at most as many. What an interrupted run left is due at the latest when `maxOpenMs` has passed.
 */
export function dueReader(rotation: Rotation | undefined, now: number): (summary: StagedSummary) => boolean {
  if (!rotation) return () => true
  const { flushSize, targetSizeBytes = MAX_OUTPUT_BYTES, rotateIntervalMs } = rotation
  const { rotateScheduleIntervalMs, timeZone, maxOpenMs } = rotation
  const slotOf = rotateScheduleIntervalMs ? slotReader(timeZone, rotateScheduleIntervalMs) : () => ''
  const reaches = (value: number, limit: number | undefined) => limit !== undefined && value >= limit
  return ({ records, bytes, oldest, newest, minTimestamp, maxTimestamp, hasForms }) => {
    const latest = Math.max(now, newest)
    return (
      hasForms ||
      reaches(records, flushSize) ||
      reaches(bytes, targetSizeBytes) ||
      reaches(maxTimestamp - minTimestamp, rotateIntervalMs) ||
      slotOf(oldest) !== slotOf(latest) ||
      latest - oldest >= maxOpenMs
    )
  }
}
