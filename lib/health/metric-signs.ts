import type { FunctionMetrics, MetricPoint, MetricQuery } from '../cloudwatch/metrics.ts'
import { METRICS_NAMESPACE, type MetricName } from '../observability/metrics.ts'
import { LATELY_MS } from './findings.ts'
import type { StagedHealth } from './model.ts'
import type { Subject } from './subject.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const HOUR_S = 3_600

/** The time over which rates are a mean: with batches of a minute, a shorter one would jump. */
export const RATE_MS = 5 * MINUTE_MS

/** How far back the newest figure of something that is reported every minute or so may be. */
const RECENT_MS = 15 * MINUTE_MS

/** What the metrics of a connector say. Null: there is no value. */
export interface MetricSigns {
  recordsInPerMinute: number
  recordsOutPerMinute: number
  failed24h: number
  stops24h: number
  failedLately: number
  /** The start of the last minute, or of the last five minutes, in which records were delivered. */
  lastSuccess: number | null
  /** Invocations of the last minutes; undefined when there were none. */
  invocations?: { all: number; failed: number }
  /** Failed invocations of the last 24 hours. */
  errors24h: number
  /** CloudWatch's figure for the topic that is furthest behind, in records. */
  offsetLag: number | null
  staged: StagedHealth | null
}

/** Reads the metrics of a connector and of its function. */
export async function readMetrics(subject: Subject, metrics: FunctionMetrics, now: number): Promise<MetricSigns> {
  const queries = queriesOf(subject, now)
  const found = await metrics.read(queries)
  const rate = (points: MetricPoint[]) =>
    sum(points.filter(({ time }) => time >= now - RATE_MS)) / (RATE_MS / MINUTE_MS)
  const newest = (points: MetricPoint[]) => points[0]?.value ?? null
  const all = sum(found.invocations)
  const waiting = newest(found.stagedObjects)
  return {
    recordsInPerMinute: rate(found.recordsIn),
    recordsOutPerMinute: rate(found.recordsOut),
    failed24h: sum(found.failed),
    stops24h: sum(found.stops),
    failedLately: sum(found.failedLately),
    lastSuccess: lastWith(found.recordsOut) ?? lastWith(found.recordsOutOfDay) ?? null,
    invocations: all > 0 ? { all, failed: sum(found.errors) } : undefined,
    errors24h: sum(found.errorsOfDay),
    offsetLag: newest(found.offsetLag),
    staged: subject.rotates && waiting !== null ? { objects: waiting, oldestAgeMs: newest(found.oldestStaged) } : null,
  }
}

function queriesOf({ service, connector, functionName }: Subject, now: number) {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS
  const query = { statistic: 'Sum', period: 60, from: minute - RECENT_MS } as const
  const ownPlace = { namespace: METRICS_NAMESPACE, dimensions: { service, connector } }
  const own = (name: MetricName, more: Partial<MetricQuery> = {}): MetricQuery => ({
    ...ownPlace,
    name,
    ...query,
    ...more,
  })
  const ofFunction = (name: string, more: Partial<MetricQuery> = {}) =>
    functionQuery(functionName, name, { ...query, ...more })
  const ofDay = { period: HOUR_S, from: minute - DAY_MS }
  return {
    recordsIn: own('RecordsIn'),
    recordsOut: own('RecordsOut'),
    recordsOutOfDay: own('RecordsOut', { period: 300, from: minute - DAY_MS }),
    failed: own('DeadLetters', ofDay),
    stops: own('PartitionsStopped', ofDay),
    failedLately: own('DeadLetters', { from: minute - LATELY_MS }),
    stagedObjects: own('StagedObjects', { statistic: 'Maximum' }),
    oldestStaged: own('OldestStagedAge', { statistic: 'Maximum' }),
    invocations: ofFunction('Invocations', { from: minute - RATE_MS }),
    errors: ofFunction('Errors', { from: minute - RATE_MS }),
    errorsOfDay: ofFunction('Errors', ofDay),
    offsetLag: ofFunction('OffsetLag', { statistic: 'Maximum' }),
  }
}

/** A metric that Lambda reports about a function. Source: AWS Lambda Developer Guide, "Types of metrics for Lambda functions". */
export function functionQuery(
  functionName: string,
  name: string,
  query: Pick<MetricQuery, 'statistic' | 'period' | 'from'>,
): MetricQuery {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName }, ...query }
}

export function sum(points: MetricPoint[]): number {
  return points.reduce((sum, { value }) => sum + value, 0)
}

/** The newest period in which something happened. */
function lastWith(points: MetricPoint[]): number | undefined {
  return points.find(({ value }) => value > 0)?.time
}
