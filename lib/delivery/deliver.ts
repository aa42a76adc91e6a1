import pMap from 'p-map'
import type { BatchResult, RecordBatch } from '../batch.ts'
import { asCodedError, CodedError } from '../error.ts'
import { countBatch, measureAge } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'
import { retryUntil } from '../retry.ts'
import { AbnormalDataError, setApart } from './abnormal-data.ts'
import { type Attempt, Progress } from './attempt.ts'
import type { DeadLetter } from './dead-letter.ts'
import { errorFields, type FailureReport, putAside, reportStop } from './failed-records.ts'
import type { FailurePolicy } from './policy.ts'

export interface Delivery extends FailureReport {
  policy: FailurePolicy
  /**
   * Writes the records of one topic-partition to their store or target. Repeated when its error is retryable, with the records
   * that are not delivered.
   *
   * On an {@link AbnormalDataError}, the policy treats its records like undecodable ones and the others are written.
   */
  write(records: KafkaRecord[], attempt: Attempt): Promise<void>
  /** Takes records that can't be decoded or mapped; absent: they are named in the log. */
  abnormalData?: DeadLetter
  /** Takes records that can't be delivered; absent: they are named in the log. */
  deadLetter?: DeadLetter
}

/**
 * Partitions written at the same time. More don't help: compression has four threads, and the bytes of every partition
 * under way take memory.
 */
const PARTITIONS_AT_ONCE = 8

/** Time that retries leave for putting records aside: a share of the remaining time, up to a maximum. */
const RESERVE_SHARE = 0.3
const MAX_RESERVE_MS = 10_000

/** The end of retries and the end of everything, in milliseconds since the epoch. */
interface Times {
  retries: number
  end: number
}

/** How each policy delivers a batch. */
const deliveries: Record<
  FailurePolicy,
  (batch: RecordBatch, delivery: Delivery, times: Times) => Promise<BatchResult>
> = {
  log: deliverOrPutAside,
  fail: deliverUntilFailure,
}

/**
 * Delivers the batches side by side, each in its own order, and applies the failure policy.
 *
 * @param remainingMs how long the invocation may still run
 * @throws CodedError `DEAD_LETTER_UNREACHABLE` under any policy: records would otherwise be lost
 */
export async function deliver(batches: RecordBatch[], delivery: Delivery, remainingMs: number): Promise<BatchResult[]> {
  const end = Date.now() + remainingMs
  const times = {
    retries: end - Math.min(remainingMs * RESERVE_SHARE, MAX_RESERVE_MS),
    end: end - remainingMs * 0.02,
  }
  const deliverOne = deliveries[delivery.policy]
  for (const batch of batches) countBatch(batch, delivery.telemetry)
  const deliverMeasured = async (batch: RecordBatch) => {
    const result = await deliverOne(batch, delivery, times)
    if (!result.failure) measureAge(batch.records, delivery.telemetry)
    return result
  }
  try {
    // All partitions finish before an error ends the invocation, so that what was written need not be written again.
    return await pMap(batches, deliverMeasured, { concurrency: PARTITIONS_AT_ONCE, stopOnError: false })
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** Puts aside what can't be decoded or delivered, and delivers everything else. */
async function deliverOrPutAside(
  batch: RecordBatch,
  delivery: Delivery,
  times: Times,
  progress = new Progress(),
): Promise<BatchResult> {
  const { topic, partition, records, abnormal } = batch
  await putAside(abnormal, delivery.abnormalData, delivery, times.end)
  const error = await write(records, progress, delivery, times)
  if (error instanceof AbnormalDataError) {
    const rest = setApart({ ...batch, abnormal: [] }, error.failed)
    return await deliverOrPutAside(rest, delivery, times, progress)
  }
  if (error) {
    const failed = progress.remaining(records).map(record => ({ record, error }))
    await putAside(failed, delivery.deadLetter, delivery, times.end)
  }
  return { topic, partition }
}

/** Delivers the records before the first one that fails, and stops there. */
async function deliverUntilFailure(
  batch: RecordBatch,
  delivery: Delivery,
  times: Times,
  progress = new Progress(),
): Promise<BatchResult> {
  const { topic, partition, records, abnormal } = batch
  const [firstAbnormal] = abnormal
  const deliverable = records.slice(0, firstAbnormal?.position)
  const error = await write(deliverable, progress, delivery, times)
  if (error instanceof AbnormalDataError) {
    return await deliverUntilFailure(setApart(batch, error.failed), delivery, times, progress)
  }
  const failure = error
    ? { error, offsets: offsetsInOrder(batch) }
    : firstAbnormal && { error: firstAbnormal.error, offsets: offsetsInOrder(batch).slice(firstAbnormal.position) }
  if (failure) reportStop(batch, failure, delivery)
  return { topic, partition, failure }
}

/** The offsets of all records of the batch, decodable or not, in the event's order. */
function offsetsInOrder({ records, abnormal }: RecordBatch): number[] {
  const offsets = records.map(({ offset }) => offset)
  for (const { position, record } of abnormal.toReversed()) offsets.splice(position, 0, record.offset)
  return offsets
}

/**
 * Writes those of the records that are not delivered yet, with retries. Returns the error instead of throwing it: every policy
 * continues from it.
 */
async function write(
  records: KafkaRecord[],
  progress: Progress,
  delivery: Delivery,
  times: Times,
): Promise<CodedError | undefined> {
  const [first] = records
  if (!first) return undefined
  const { topic, partition } = first
  const delivered = (part: readonly KafkaRecord[]) => progress.add(part)
  try {
    await retryUntil(
      times.retries,
      async signal => {
        const remaining = progress.remaining(records)
        if (remaining.length === 0) return
        await delivery.write(remaining, { signal, deadline: times.retries, delivered })
        progress.add(remaining)
      },
      error => delivery.logger.warn('Delivery is repeated', { topic, partition, ...errorFields(asCodedError(error)) }),
    )
    return undefined
  } catch (error) {
    if (error instanceof AbnormalDataError) return error
    const { code, message, retryable, cause } = asCodedError(error)
    return new CodedError(code, message, { topic, partition, offset: first.offset, retryable, cause })
  }
}
