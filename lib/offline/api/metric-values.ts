import { parseJson } from '../../parse-json.ts'
import { addTo, type Buckets } from './metric-buckets.ts'

/** Values of one metric within a minute. */
export interface MinuteOfMetric {
  /** The start of the minute, in milliseconds since the epoch. */
  minute: number
  sum: number
  count: number
  least: number
  most: number
  /** How often which values occurred. */
  buckets: Buckets
}

/** What identifies a metric: CloudWatch's namespace and name, and its dimensions in any order. */
export interface MetricName {
  namespace: string
  name: string
  dimensions: Record<string, string>
}

const MINUTE_MS = 60_000

/** Older values are dropped: commands look back a day. */
const KEPT_MS = 24 * 60 * MINUTE_MS

/** A connector has about twenty metrics, so this is far more than a laptop runs. What comes beyond is not kept. */
const MAX_METRICS = 2_000

/** How lines of the embedded metric format begin, as Powertools writes them. */
const BEGIN = '{"_aws"'

/** The structure of a line. Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format". */
interface EmbeddedMetrics {
  _aws?: {
    Timestamp?: number
    CloudWatchMetrics?: { Namespace?: string; Dimensions?: string[][]; Metrics?: { Name?: string }[] }[]
  }
  [name: string]: unknown
}

/** Whether a line is metrics for CloudWatch, and nothing for people. */
export function isMetricsLine(line: string): boolean {
  return line.startsWith(BEGIN)
}

/** The metrics of the last 24 hours, by the minute, in place of CloudWatch's. */
export class MetricValues {
  readonly #metrics = new Map<string, MinuteOfMetric[]>()

  /** Takes the values of a line in the embedded metric format. A line of another form is ignored. */
  takeLine(line: string): void {
    const parsed = parseJson(line) as EmbeddedMetrics | undefined
    const { Timestamp = Date.now(), CloudWatchMetrics = [] } = parsed?._aws ?? {}
    for (const { Namespace = '', Dimensions = [], Metrics = [] } of CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map(name => [name, String(parsed?.[name])]))
        for (const { Name = '' } of Metrics) {
          const values = [parsed?.[Name]].flat().filter(value => typeof value === 'number')
          for (const value of values) this.add({ namespace: Namespace, name: Name, dimensions }, value, Timestamp)
        }
      }
    }
  }

  add(metric: MetricName, value: number, time = Date.now()): void {
    const key = keyOf(metric)
    const known = this.#metrics.get(key)
    if (!known && this.#metrics.size >= MAX_METRICS) return
    const minutes = known ?? []
    if (!known) this.#metrics.set(key, minutes)
    const minute = Math.floor(time / MINUTE_MS) * MINUTE_MS
    const current = minutes.find(other => other.minute === minute)
    if (current) {
      current.sum += value
      current.count += 1
      current.least = Math.min(current.least, value)
      current.most = Math.max(current.most, value)
      addTo(current.buckets, value)
      return
    }
    minutes.push({ minute, sum: value, count: 1, least: value, most: value, buckets: addTo(new Map(), value) })
    while ((minutes[0]?.minute ?? time) < time - KEPT_MS) minutes.shift()
  }

  /**
   * Counts an invocation, as Lambda does. Source: AWS Lambda Developer Guide, "Types of metrics for Lambda functions".
   *
   * @param milliseconds how long it ran
   */
  countInvocation(functionName: string, hasFailed: boolean, milliseconds: number): void {
    this.add(ofFunction(functionName, 'Duration'), milliseconds)
    this.add(ofFunction(functionName, 'Invocations'), 1)
    this.add(ofFunction(functionName, 'Errors'), hasFailed ? 1 : 0)
  }

  /** Adds how many records of a topic a function has yet to get. Source: the same page. */
  addLag(functionName: string, records: number): void {
    this.add(ofFunction(functionName, 'OffsetLag'), records)
  }

  /** The minutes with values in a span of time, oldest first. */
  within(metric: MetricName, from: number, to: number): MinuteOfMetric[] {
    const found = (this.#metrics.get(keyOf(metric)) ?? []).filter(({ minute }) => minute >= from && minute < to)
    return found.toSorted((one, other) => one.minute - other.minute)
  }
}

function ofFunction(functionName: string, name: string): MetricName {
  return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName } }
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()])
}
