import type { FunctionMetrics, MetricPoint, MetricQuery } from '../cloudwatch/metrics.ts'
import type { Deployment } from '../connectors/commands/deployment.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { connectorAlarms } from '../connectors/resources/alarm.ts'
import { compactionAlarms } from '../connectors/resources/compaction-alarm.ts'
import { functionNames } from '../connectors/resources/function.ts'
import { closingRequests, type Requests } from '../cost/compaction-requests.ts'
import type { Usage } from '../cost/monthly-cost.ts'
import { POLLERS_OF_UNIT } from '../cost/poller-units.ts'
import { functionQuery, sum } from '../health/metric-signs.ts'
import { METRICS_NAMESPACE, type MetricName, metrics as ownMetrics } from '../observability/metrics.ts'

/** What a connector has used, and how much of it moved. */
export interface ConnectorUsage extends Usage {
  /** Whether anything ran. */
  isKnown: boolean
  /** Bytes that were delivered. */
  bytesOut: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** Of five minutes: a day of them is one page of CloudWatch's answer for all metrics. */
const PERIOD_S = 300

const MB_OF_GB = 1024

/** How the names of queries begin that are about the day before. */
const BEFORE = 'Before '

type Points = Record<string, MetricPoint[]>

/** Reads from a connector's metrics what it has used in the last 24 hours, or since it runs if that is less. */
export async function usageOf(
  connector: Connector,
  { service, metrics }: Pick<Deployment, 'service' | 'metrics'>,
  now: number,
): Promise<ConnectorUsage> {
  const functions = functionNames(connector, service).map(({ name }) => name)
  const found = await readUsage(connector, service, functions, metrics, now)
  const of = (name: MetricName) => sum(found[name] ?? [])
  const all = (kind: string) => functions.flatMap(name => found[`${kind} ${name}`] ?? [])
  const invocations = sum(all('Invocations'))
  const durations = all('Duration')
  const logs = all('IncomingBytes')
  const seconds = sum(durations) / 1000
  const spanMs = spanOf(found, now)
  return {
    ...{ isKnown: invocations > 0, spanMs, invocations, bytesOut: of('BytesOut') },
    gbSeconds: durations.length === 0 ? null : (seconds * connector.declaration.memorySize) / MB_OF_GB,
    store: storeUsage(connector, of, spanMs),
    logBytes: logs.length === 0 ? null : sum(logs),
    metrics: Object.keys(ownMetrics).filter(name => (found[name] ?? []).length > 0).length,
    ...{ alarms: alarmsOf(connector, service), pollerUnits: pollerUnitsOf(connector) },
  }
}

async function readUsage(
  { name: connector }: Connector,
  service: string,
  functions: string[],
  metrics: FunctionMetrics,
  now: number,
): Promise<Points> {
  const from = Math.floor((now - DAY_MS) / (PERIOD_S * 1000)) * PERIOD_S * 1000
  const query = { statistic: 'Sum', period: PERIOD_S, from } as const
  const own = Object.keys(ownMetrics).map((name): [string, MetricQuery] => [
    name,
    { namespace: METRICS_NAMESPACE, name, dimensions: { service, connector }, ...query },
  ])
  const ofFunctions = functions.flatMap((name): [string, MetricQuery][] => [
    [`Invocations ${name}`, functionQuery(name, 'Invocations', query)],
    [`Duration ${name}`, functionQuery(name, 'Duration', query)],
    // Source: Amazon CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics".
    [
      `IncomingBytes ${name}`,
      { namespace: 'AWS/Logs', name: 'IncomingBytes', dimensions: { LogGroupName: `/aws/lambda/${name}` }, ...query },
    ],
    // Of the day before: whether the connector has run for longer than a day.
    [`${BEFORE}${name}`, functionQuery(name, 'Invocations', { ...query, period: 3_600, from: from - DAY_MS })],
  ])
  return await metrics.read(Object.fromEntries([...own, ...ofFunctions]))
}

/** The time in which all of it was used, in milliseconds. A connector that is new has no whole day. */
function spanOf(found: Points, now: number): number {
  const [before, lately] = [true, false].map(isBefore =>
    Object.entries(found).flatMap(([name, points]) => (name.startsWith(BEFORE) === isBefore ? points : [])),
  ) as [MetricPoint[], MetricPoint[]]
  if (before.some(({ time }) => time < now - DAY_MS)) return DAY_MS
  const first = lately.reduce((first, { time }) => Math.min(first, time), now)
  return Math.min(DAY_MS, Math.max(PERIOD_S * 1000, now - first))
}

/** Null where the store is not Amazon S3, or the connector has none. */
function storeUsage(connector: Connector, of: (name: MetricName) => number, spanMs: number): Usage['store'] {
  if (connector.kind === 'replicate') return null
  const { endpoint, retentionDays = null, rotate } = connector.declaration.to
  if (endpoint !== undefined) return null
  const written: Requests = { put: of('Objects'), list: 0, get: 0, delete: 0 }
  if (!rotate) return { requests: written, bytes: of('BytesOut'), keptDays: retentionDays }
  const closings = of('ObjectsCommitted')
  const each = closingRequests(closings > 0 ? written.put / closings : 0)
  const looks = spanMs / MINUTE_MS
  const requests = {
    put: written.put + closings * each.put,
    list: looks + closings * each.list,
    get: closings * each.get,
    delete: closings * each.delete,
  }
  return { requests, bytes: of('BytesCommitted'), keptDays: retentionDays }
}

function alarmsOf(connector: Connector, service: string): number {
  const own = connectorAlarms(connector, service, connector.source.topics ?? [])
  const more = connector.kind === 'dump' ? compactionAlarms(connector, service) : {}
  return Object.keys({ ...own, ...more }).length
}

/** Each mapping has units of its own, and at least one. */
function pollerUnitsOf({ declaration: { concurrency }, source }: Connector): number {
  if (!concurrency) return 0
  const units = Math.ceil(concurrency.minimumPollers / POLLERS_OF_UNIT)
  return units * (source.topics?.length ?? 1)
}
