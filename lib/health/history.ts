import type { FunctionMetrics, MetricPoint, MetricQuery } from '../cloudwatch/metrics.ts'
import { METRICS_NAMESPACE, type MetricName } from '../observability/metrics.ts'
import { functionQuery } from './metric-signs.ts'
import type { Subject } from './subject.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Up to this many minutes are shown minute by minute, and more of them by five: a line has 300 points at most. */
const MOST_MINUTES = 180
const FIVE_MINUTES_MS = 5 * MINUTE_MS

/** A figure of CloudWatch may be that late, so a minute without one may still get it. */
const LATE_MS = 3 * MINUTE_MS

/** Values per period, oldest first; null where there is none. */
export type Series = (number | null)[]

/** A connector's metrics over a time, as CloudWatch has them. */
export interface History {
  /** The start of the first period, in milliseconds since the epoch. The last one is not over yet. */
  from: number
  /** Length of a period in milliseconds. */
  periodMs: number
  /** Records received and delivered in each period. A period that is not over, or may not be complete yet, has no value. */
  recordsIn: Series
  recordsOut: Series
  /** Records put aside or left in Kafka, likewise. */
  failed: Series
  /** The most records that were unread, of the topic that was furthest behind. Lambda tells it only while a mapping reads. */
  lag: Series
  /** The greatest age that a partition's newest record had when it was delivered, in milliseconds. */
  ageMs: Series
  /** Nine of ten attempts to write an object took at most that long, in milliseconds; of a replication, to send records. */
  putP90Ms: Series
  /**
   * The start of the last minute, or of the last five minutes, in which an object was written, in milliseconds since the epoch;
   * with rotation, one that compaction made; of a replication, in which records arrived. Null: none in the last 24 hours.
   */
  newestWritten: number | null
}

/** The most that can be asked for: what a day has. */
export const MOST_HISTORY_MINUTES = DAY_MS / MINUTE_MS

/**
 * Reads what a connector's metrics were.
 *
 * @param minutes up to now, from 1 to {@link MOST_HISTORY_MINUTES}
 * @throws those of the SDK
 */
export async function readHistory(
  subject: Subject,
  metrics: FunctionMetrics,
  minutes: number,
  now = Date.now(),
): Promise<History> {
  const periodMs = minutes <= MOST_MINUTES ? MINUTE_MS : FIVE_MINUTES_MS
  const last = Math.floor(now / periodMs) * periodMs
  const count = Math.ceil((minutes * MINUTE_MS) / periodMs)
  const from = last - (count - 1) * periodMs
  const { writtenOfDay, ...lines } = await metrics.read(queriesOf(subject, from, periodMs, now))
  const heard = Object.values(lines)
    .flat()
    .reduce((first, { time }) => Math.min(first, time), now)
  const seriesOf = (points: MetricPoint[], without: (time: number) => number | null = () => null): Series => {
    const values = new Map(points.map(({ time, value }) => [Math.floor(time / periodMs) * periodMs, value]))
    return Array.from({ length: count }, (_, index) => {
      const time = from + index * periodMs
      return values.get(time) ?? without(time)
    })
  }
  // Nothing was counted in a period without a figure, once the connector is known and the figure would be there.
  const countsOf = (points: MetricPoint[]): Series => {
    const over = points.filter(({ time }) => time + periodMs <= now)
    return seriesOf(over, time => (time >= heard && time + periodMs <= now - LATE_MS ? 0 : null))
  }
  return {
    ...{ from, periodMs },
    recordsIn: countsOf(lines.recordsIn),
    recordsOut: countsOf(lines.recordsOut),
    failed: countsOf(lines.failed),
    lag: seriesOf(lines.lag),
    ageMs: seriesOf(lines.age),
    putP90Ms: seriesOf(lines.put),
    newestWritten: newest(lines.written) ?? newest(writtenOfDay) ?? null,
  }
}

function queriesOf(subject: Subject, from: number, periodMs: number, now: number) {
  const { service, connector, functionName, type } = subject
  const place = { namespace: METRICS_NAMESPACE, dimensions: { service, connector } }
  const period = periodMs / 1_000
  const own = (name: MetricName, statistic: MetricQuery['statistic'], more = {}): MetricQuery => ({
    ...{ ...place, name, statistic, period, from },
    ...more,
  })
  const written = writtenMetric(subject)
  return {
    recordsIn: own('RecordsIn', 'Sum'),
    recordsOut: own('RecordsOut', 'Sum'),
    failed: own('DeadLetters', 'Sum'),
    lag: functionQuery(functionName, 'OffsetLag', { statistic: 'Maximum', period, from }),
    age: own('NewestRecordAge', 'Maximum'),
    put: own(type === 'dump' ? 'PutDuration' : 'SendDuration', 'p90'),
    written: own(written, 'Sum'),
    writtenOfDay: own(written, 'Sum', {
      period: FIVE_MINUTES_MS / 1_000,
      from: Math.floor((now - DAY_MS) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS,
    }),
  }
}

/** What counts the objects that readers of the dump see, or the records that arrived. */
function writtenMetric({ type, rotates }: Subject): MetricName {
  if (type === 'replicate') return 'RecordsOut'
  return rotates ? 'ObjectsCommitted' : 'Objects'
}

/** The newest period in which something was written; points are newest first. */
function newest(points: MetricPoint[]): number | undefined {
  return points.find(({ value }) => value > 0)?.time
}
