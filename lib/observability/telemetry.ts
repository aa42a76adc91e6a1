import type { MiddlewareObj } from '@middy/core'
import type { RecordBatch } from '../batch.ts'
import type { KafkaRecord } from '../record.ts'
import type { Origin } from './logger.ts'
import { createMeter, type MetricName } from './metrics.ts'
import { type Annotations, createTracer } from './tracer.ts'

/** The steps of an invocation: each has a duration as a metric, and a subsegment where the invocation is traced. */
type StepName = { [Name in MetricName]: Name extends `${infer Step}Duration` ? Step : never }[MetricName]

/** What the steps of a function tell of themselves, beside their log lines. */
export interface Telemetry {
  /** One more value of a metric, in its unit. */
  add(name: MetricName, value: number): void
  /** Runs a step and measures it, whether it succeeds or not. */
  step<T>(name: StepName, place: Annotations, run: () => Promise<T>): Promise<T>
}

/** For where nobody collects: a laptop, a test. */
export const noTelemetry: Telemetry = { add() {}, step: (_, __, run) => run() }

/** Telemetry of a function, and the middleware that begins and ends it with each invocation. */
export interface FunctionTelemetry extends Telemetry {
  middleware(): MiddlewareObj
}

/** Metrics and traces on AWS Lambda; nothing elsewhere, where nobody reads them among the lines of the log. */
export function createTelemetry(origin: Origin): FunctionTelemetry {
  // A reserved variable, which Lambda alone sets. Source: AWS Lambda Developer Guide, "Defined runtime environment variables".
  if (!process.env.AWS_LAMBDA_INITIALIZATION_TYPE) return { ...noTelemetry, middleware: () => ({ before() {} }) }
  const meter = createMeter(origin)
  const tracer = createTracer(origin)
  return {
    add: meter.add,
    async step(name, place, run) {
      const start = performance.now()
      try {
        return await tracer.step(name, place, run)
      } finally {
        meter.add(`${name}Duration`, performance.now() - start)
      }
    },
    middleware() {
      const end = (error?: Error | null) => {
        tracer.end(error)
        meter.publish()
      }
      return { before: () => tracer.begin(), after: () => end(), onError: ({ error }) => end(error) }
    },
  }
}

/** Counts what came in. */
export function countBatch({ records, abnormal }: RecordBatch, telemetry: Telemetry) {
  const bytes = bytesOf(records) + bytesOf(abnormal.map(({ record }) => record))
  telemetry.add('RecordsIn', records.length + abnormal.length)
  telemetry.add('BytesIn', bytes)
}

/** How old the newest of these records is by now; records without a timestamp say nothing. */
export function measureAge(records: KafkaRecord[], telemetry: Telemetry) {
  const newest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), -1)
  // A producer's clock may be ahead of ours.
  if (newest >= 0) telemetry.add('NewestRecordAge', Math.max(Date.now() - newest, 0))
}

/** Bytes of keys, values and headers. */
export function bytesOf(records: Pick<KafkaRecord, 'key' | 'value' | 'headers'>[]): number {
  let bytes = 0
  for (const { key, value, headers } of records) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
    for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0)
  }
  return bytes
}
