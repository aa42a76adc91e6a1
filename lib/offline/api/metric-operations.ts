import { joinedBuckets, percentileOf } from './metric-buckets.ts'
import type { MetricValues, MinuteOfMetric } from './metric-values.ts'

/** Parts of the requests of CloudWatch. Times are in seconds since the epoch. */
interface Metric {
  Namespace?: string
  MetricName?: string
  Dimensions?: { Name: string; Value: string }[]
}

interface DataRequest {
  StartTime?: number
  EndTime?: number
  MetricDataQueries?: { Id: string; Label?: string; MetricStat?: { Metric?: Metric; Period?: number; Stat?: string } }[]
}

interface StatisticsRequest extends Metric {
  StartTime?: number
  EndTime?: number
  Period?: number
  Statistics?: Statistic[]
}

const statistics = {
  Sum: ({ sum }: MinuteOfMetric) => sum,
  SampleCount: ({ count }: MinuteOfMetric) => count,
  Average: ({ sum, count }: MinuteOfMetric) => sum / count,
  Minimum: ({ least }: MinuteOfMetric) => least,
  Maximum: ({ most }: MinuteOfMetric) => most,
}
type Statistic = keyof typeof statistics

/**
 * Answers `GetMetricData`, newest first, without expressions.
 * Source: Amazon CloudWatch API Reference, `GetMetricData`.
 */
export function metricData(values: MetricValues, { StartTime, EndTime, MetricDataQueries = [] }: DataRequest) {
  const results = MetricDataQueries.map(({ Id, Label, MetricStat }) => {
    const { Metric = {}, Period = 60, Stat = 'Sum' } = MetricStat ?? {}
    const periods = periodsOf(values, Metric, { StartTime, EndTime, Period }).toReversed()
    const of = statisticOf(Stat)
    return {
      ...{ Id, Label: Label ?? Metric.MetricName, StatusCode: 'Complete' },
      Timestamps: periods.map(({ minute }) => minute / 1000),
      Values: periods.map(of),
    }
  })
  return { MetricDataResults: results, Messages: [] }
}

/** A statistic of a period. Of the statistics with a number there are percentiles only, such as `p90` and `p99.9`. */
function statisticOf(name: string): (period: MinuteOfMetric) => number {
  const percent = /^p(\d+(?:\.\d+)?)$/.exec(name)?.[1]
  if (percent !== undefined) return period => percentileOf(period, Number(percent))
  return statistics[name as Statistic] ?? statistics.Sum
}

/** Answers `GetMetricStatistics`, without percentiles. Source: Amazon CloudWatch API Reference. */
export function metricStatistics(values: MetricValues, request: StatisticsRequest) {
  const { Period = 60, Statistics = [], MetricName } = request
  const datapoints = periodsOf(values, request, { ...request, Period }).map(period => ({
    Timestamp: period.minute / 1000,
    ...Object.fromEntries(Statistics.map(name => [name, statistics[name]?.(period)])),
  }))
  return { Label: MetricName, Datapoints: datapoints }
}

interface Span {
  StartTime?: number
  EndTime?: number
  Period: number
}

/** The values of each period that has any, oldest first; `minute` is the period's start. */
function periodsOf(values: MetricValues, metric: Metric, { StartTime = 0, EndTime, Period }: Span): MinuteOfMetric[] {
  const { Namespace: namespace = '', MetricName: name = '', Dimensions = [] } = metric
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))
  const end = EndTime === undefined ? Number.POSITIVE_INFINITY : EndTime * 1000
  const found = values.within({ namespace, name, dimensions }, StartTime * 1000, end)
  const length = Period * 1000
  const periods = Map.groupBy(found, ({ minute }) => Math.floor(minute / length) * length)
  return Array.from(periods, ([minute, parts]) => joined(minute, parts))
}

function joined(minute: number, parts: MinuteOfMetric[]): MinuteOfMetric {
  const sum = (of: (part: MinuteOfMetric) => number) => parts.reduce((sum, part) => sum + of(part), 0)
  return {
    minute,
    ...{ sum: sum(part => part.sum), count: sum(part => part.count) },
    least: parts.reduce((least, part) => Math.min(least, part.least), Number.POSITIVE_INFINITY),
    most: parts.reduce((most, part) => Math.max(most, part.most), Number.NEGATIVE_INFINITY),
    buckets: joinedBuckets(parts.map(({ buckets }) => buckets)),
  }
}
