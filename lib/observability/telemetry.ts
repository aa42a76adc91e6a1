import type { MiddlewareObj } from '@middy/core'
import type { RecordBatch } from '../batch.ts'
import type { KafkaRecord } from '../record.ts'
import type { Origin } from './logger.ts'
import { createMeter, type MetricName } from './metrics.ts'
import { type Annotations, createTracer } from './tracer.ts'

/** The steps of an invocation. Each has a metric for its duration, and a subsegment when the invocation is traced. */
type StepName = { [Name in MetricName]: Name extends `${infer Step}Duration` ? Step : never }[MetricName]

/** Metrics and traces of the steps of a function. */
export interface Telemetry {
  /** Adds a value to a metric, in its unit. */
  add(name: MetricName, value: number): void
  /** Runs a step and measures it, whether it succeeds or fails. */
  step<T>(name: StepName, place: Annotations, run: () => Promise<T>): Promise<T>
}

/** Collects nothing, for laptops and tests. */
export const noTelemetry: Telemetry = { add() {}, step: (_, __, run) => run() }

/** Telemetry of a function, with the middleware that starts and ends it for each invocation. */
export interface FunctionTelemetry extends Telemetry {
  middleware(): MiddlewareObj
}

/**
 * Metrics and traces on AWS Lambda, and on a laptop, where serverless-offline-kafka takes them from the output; nothing elsewhere,
 * where nobody extracts metrics from log lines.
 */
export function createTelemetry(origin: Origin): FunctionTelemetry {
  // The first is a reserved variable that only Lambda sets, the second serverless-offline's.
  // Source: AWS Lambda Developer Guide, "Defined runtime environment variables".
  if (!process.env.AWS_LAMBDA_INITIALIZATION_TYPE && !process.env.IS_OFFLINE)
    return { ...noTelemetry, middleware: () => ({ before() {} }) }
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

/** Counts the records and bytes of a batch. */
export function countBatch({ records, abnormal }: RecordBatch, telemetry: Telemetry) {
  const bytes = bytesOf(records) + bytesOf(abnormal.map(({ record }) => record))
  telemetry.add('RecordsIn', records.length + abnormal.length)
  telemetry.add('BytesIn', bytes)
}

/** Measures the age of the newest of these records. Records without a timestamp are ignored. */
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
