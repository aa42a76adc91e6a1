import type { ClosingReason } from '../commits/entry.ts'
import type { MetricName } from '../observability/metrics.ts'
import type { RunReport } from './compact.ts'
import type { Compaction } from './compaction.ts'

/** The metric that counts the objects that were closed for each reason. */
const closed: Record<ClosingReason, MetricName> = {
  flushSize: 'ClosedByRecords',
  targetSizeBytes: 'ClosedBySize',
  rotateIntervalMs: 'ClosedByInterval',
  rotateScheduleIntervalMs: 'ClosedBySchedule',
  maxOpenMs: 'ClosedByAge',
  form: 'ClosedByFormat',
  order: 'ClosedByOrder',
  all: 'ClosedByRequest',
  keepLatest: 'ClosedByKeepLatest',
}

/**
 * Counts what a run did, and what was staged when it began.
 *
 * @param isWhole whether the run looked at everything that is staged, not at some units only
 */
export function countRun(
  report: RunReport,
  isWhole: boolean,
  { telemetry, now }: Pick<Compaction, 'telemetry' | 'now'>,
) {
  if (isWhole) {
    const { objects, bytes, oldest } = report.staged
    telemetry.add('StagedObjects', objects)
    telemetry.add('StagedBytes', bytes)
    telemetry.add('OldestStagedAge', oldest === undefined ? 0 : Math.max(now() - oldest, 0))
  }
  for (const { outputs, bytes } of report.reports) {
    telemetry.add('ObjectsCommitted', outputs.length)
    telemetry.add('BytesCommitted', bytes)
    for (const { reason } of outputs) telemetry.add(closed[reason], 1)
  }
}
