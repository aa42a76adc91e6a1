import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch'

/** A metric, as CloudWatch identifies it. */
export interface MetricQuery {
  namespace: string
  name: string
  dimensions: Record<string, string>
  /** `p90`: at least nine of ten values are not above it. Source: Amazon CloudWatch User Guide, "Statistics definitions". */
  statistic: 'Sum' | 'Maximum' | 'p90'
  /** Length of a period in seconds: 60, or a multiple of it. */
  period: number
  /** Milliseconds since the epoch. */
  from: number
}

/** The value of one period. */
export interface MetricPoint {
  /** The start of the period, in milliseconds since the epoch. */
  time: number
  value: number
}

/** Metrics of deployed functions. Errors are those of the SDK. */
export interface FunctionMetrics {
  /** The values of each query, newest first; periods without any are left out. */
  read<Name extends string>(queries: Record<Name, MetricQuery>): Promise<Record<Name, MetricPoint[]>>
}

/** Source: Amazon CloudWatch API Reference, `GetMetricData`. */
const MAX_QUERIES = 500

/** CloudWatch truncates the end to a minute, and the current minute has to count. */
const END_AFTER_MS = 60_000

export function createFunctionMetrics(config: CloudWatchClientConfig): FunctionMetrics {
  const client = new CloudWatchClient(config)

  /** @param entries at most {@link MAX_QUERIES} that begin at the same time */
  async function read(entries: [string, MetricQuery][], from: number): Promise<[string, MetricPoint[]][]> {
    const span = { StartTime: new Date(from), EndTime: new Date(Date.now() + END_AFTER_MS) }
    const MetricDataQueries = entries.map(([, query], index) => toDataQuery(query, index))
    const points = entries.map((): MetricPoint[] => [])
    for await (const page of paginateGetMetricData({ client }, { ...span, MetricDataQueries })) {
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        for (const [index, time] of Timestamps.entries())
          points[Number(Id.slice(1))]?.push({ time: time.getTime(), value: Values[index] ?? 0 })
      }
    }
    return entries.map(([name], index) => [name, newestFirst(points[index] ?? [])])
  }

  return {
    async read<Name extends string>(queries: Record<Name, MetricQuery>) {
      // One time for each request: a day in minutes of all metrics would be many values.
      const begins = Map.groupBy(Object.entries<MetricQuery>(queries), ([, { from }]) => from)
      const requests = Array.from(begins, ([from, entries]) => chunksOf(entries).map(some => read(some, from))).flat()
      return Object.fromEntries((await Promise.all(requests)).flat()) as Record<Name, MetricPoint[]>
    },
  }
}

function chunksOf<T>(all: T[]): T[][] {
  const count = Math.ceil(all.length / MAX_QUERIES)
  return Array.from({ length: count }, (_, index) => all.slice(index * MAX_QUERIES, (index + 1) * MAX_QUERIES))
}

function newestFirst(points: MetricPoint[]): MetricPoint[] {
  return points.toSorted((one, other) => other.time - one.time)
}

function toDataQuery({ namespace, name, dimensions, statistic, period }: MetricQuery, index: number): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  const Metric = { Namespace: namespace, MetricName: name, Dimensions }
  return { Id: `m${index}`, MetricStat: { Metric, Period: period, Stat: statistic } }
}
