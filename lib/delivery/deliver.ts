import pMap from 'p-map'
import type { BatchResult, RecordBatch } from '../batch.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import { countBatch, measureAge, type Telemetry } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'
import { retryUntil } from '../retry.ts'
import { AbnormalDataError, setApart } from './abnormal-data.ts'
import type { DeadLetter, FailedRecord } from './dead-letter.ts'

export const failurePolicies = ['log', 'fail'] as const
export type FailurePolicy = (typeof failurePolicies)[number]

export interface Delivery {
  policy: FailurePolicy
  /**
   * Brings the records of one topic-partition to their store or target. Repeated when its error is retryable.
   *
   * An {@link AbnormalDataError} makes the policy deal with its records as with undecodable ones, and write the others.
   *
   * @param signal aborts when this attempt's share of the time is over
   * @param deadline when the last attempt must have ended, in milliseconds since the epoch; for a client that retries by
   * itself, because it can repeat a request without a duplicate
   */
  write(records: KafkaRecord[], signal: AbortSignal, deadline: number): Promise<void>
  /** Takes records that can't be decoded or mapped; absent: they are named in the log. */
  abnormalData?: DeadLetter
  /** Takes records that can't be delivered; absent: they are named in the log. */
  deadLetter?: DeadLetter
  logger: Log
  telemetry: Telemetry
}

/**
 * Partitions written at the same time. More don't help: compression has four threads, and each partition's bytes are
 * in memory meanwhile.
 */
const PARTITIONS_AT_ONCE = 8

/** Kept back from the retries, so that what failed can still be put aside: a share of the time, at most so much. */
const RESERVE_SHARE = 0.3
const MAX_RESERVE_MS = 10_000

/**
 * Delivers the batches side by side, each in its own order, and applies the failure policy: `log` puts aside what can't
 * be delivered and goes on; `fail` stops each partition at its first failing record.
 *
 * @param remainingMs how long the invocation may still run
 * @throws CodedError `DEAD_LETTER_UNREACHABLE`, whatever the policy: else records would be lost
 */
export async function deliver(batches: RecordBatch[], delivery: Delivery, remainingMs: number): Promise<BatchResult[]> {
  const end = Date.now() + remainingMs
  const times = {
    retries: end - Math.min(remainingMs * RESERVE_SHARE, MAX_RESERVE_MS),
    end: end - remainingMs * 0.02,
  }
  const deliverOne = delivery.policy === 'log' ? deliverOrPutAside : deliverUntilFailure
  for (const batch of batches) countBatch(batch, delivery.telemetry)
  const deliverMeasured = async (batch: RecordBatch) => {
    const result = await deliverOne(batch, delivery, times)
    if (!result.failure) measureAge(batch.records, delivery.telemetry)
    return result
  }
  try {
    // Every partition is finished before an error ends the invocation: what was written needn't be written again.
    return await pMap(batches, deliverMeasured, { concurrency: PARTITIONS_AT_ONCE, stopOnError: false })
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** When retries end and when everything must have ended, in milliseconds since the epoch. */
interface Times {
  retries: number
  end: number
}

async function deliverOrPutAside(batch: RecordBatch, delivery: Delivery, times: Times): Promise<BatchResult> {
  const { topic, partition, records, abnormal } = batch
  if (abnormal.length > 0) await putAside(abnormal, delivery.abnormalData, delivery, times.end)
  const error = await write(records, delivery, times)
  if (error instanceof AbnormalDataError) {
    return await deliverOrPutAside(setApart({ ...batch, abnormal: [] }, error.failed), delivery, times)
  }
  if (error) {
    const failed = records.map(record => ({ record, error }))
    await putAside(failed, delivery.deadLetter, delivery, times.end)
  }
  return { topic, partition }
}

async function deliverUntilFailure(batch: RecordBatch, delivery: Delivery, times: Times): Promise<BatchResult> {
  const { topic, partition, records, abnormal } = batch
  const [firstAbnormal] = abnormal
  const deliverable = records.slice(0, firstAbnormal?.position)
  const error = await write(deliverable, delivery, times)
  if (error instanceof AbnormalDataError) {
    return await deliverUntilFailure(setApart(batch, error.failed), delivery, times)
  }
  const failure = error
    ? { error, offsets: offsetsInOrder(batch) }
    : firstAbnormal && { error: firstAbnormal.error, offsets: offsetsInOrder(batch).slice(firstAbnormal.position) }
  if (failure) {
    const place = { topic, partition, firstOffset: failure.offsets[0], records: failure.offsets.length }
    delivery.telemetry.add('PartitionsStopped', 1)
    delivery.logger.error('Partition stopped', { ...place, ...describe(failure.error) })
  }
  return { topic, partition, failure }
}

/** The offsets of all records of the batch, decodable or not, in the event's order. */
function offsetsInOrder({ records, abnormal }: RecordBatch): number[] {
  const offsets = records.map(({ offset }) => offset)
  for (const { position, record } of abnormal.toReversed()) offsets.splice(position, 0, record.offset)
  return offsets
}

/** Writes with retries; the error is a result here, since both policies go on from it. */
async function write(records: KafkaRecord[], delivery: Delivery, times: Times): Promise<CodedError | undefined> {
  const [first] = records
  if (!first) return undefined
  const { topic, partition } = first
  try {
    await retryUntil(
      times.retries,
      signal => delivery.write(records, signal, times.retries),
      error => delivery.logger.warn('Delivery is repeated', { topic, partition, ...describe(asCodedError(error)) }),
    )
    return undefined
  } catch (error) {
    if (error instanceof AbnormalDataError) return error
    const { code, message, retryable, cause } = asCodedError(error)
    return new CodedError(code, message, { topic, partition, offset: first.offset, retryable, cause })
  }
}

/** Puts failed records where they can be found again: into a topic, or by name into the log. */
async function putAside(failed: FailedRecord[], sink: DeadLetter | undefined, delivery: Delivery, deadline: number) {
  const [first] = failed
  const last = failed.at(-1)
  if (!first || !last) return
  if (sink) await sink.put(failed, deadline)
  delivery.telemetry.add('DeadLetters', failed.length)
  const { topic, partition } = first.record
  delivery.logger.error(sink ? 'Records put aside' : 'Records left in Kafka', {
    topic,
    partition,
    firstOffset: first.record.offset,
    lastOffset: last.record.offset,
    records: failed.length,
    putInto: sink?.topic,
    ...describe(first.error),
  })
}

/** What a log line says of an error: its code and words. The cause's own fields may hold what no log should. */
function describe(error: CodedError): Record<string, unknown> {
  const { cause } = error
  return {
    errorCode: error.code,
    errorMessage: error.message,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined,
  }
}
