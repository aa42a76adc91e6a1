import pMap from 'p-map'
import { type BatchFailure, type BatchResult, type RecordBatch, recordsInOrder } from '../batch.ts'
import { asCodedError, type CodedError } from '../error.ts'
import { countBatch, measureAge } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'
import { AbnormalDataError, setApart } from './abnormal-data.ts'
import type { Attempt } from './attempt.ts'
import { BatchMemory } from './batch-memory.ts'
import type { DeadLetter, FailedRecord } from './dead-letter.ts'
import { type FailureReport, putAside, reportStop } from './failed-records.ts'
import { placed, UndeliveredError } from './parts.ts'
import { type FailurePolicy, failurePolicies } from './policy.ts'
import type { Progress } from './progress.ts'
import { timeLimit } from './time-limit.ts'
import { outOfTime, type Reached, Trying, type Watch } from './trying.ts'

export interface Delivery extends FailureReport {
  policy: FailurePolicy
  /** What a write waits for, such as a cluster and its address; for the log. */
  peer: string
  /**
   * Writes the records of one topic-partition to their store or target. Repeated when its error is retryable, with the records
   * that are not delivered.
   *
   * On an {@link AbnormalDataError}, the policy treats its records like undecodable ones and the others are written.
   */
  write(records: KafkaRecord[], attempt: Attempt): Promise<void>
  /** How many partitions are written at the same time. Absent: {@link PARTITIONS_AT_ONCE}. */
  partitionsAtOnce?: number
  /** Takes records that can't be decoded or mapped; absent: they are named in the log. */
  abnormalData?: DeadLetter
  /** Takes records that can't be delivered; absent: they are named in the log. */
  deadLetter?: DeadLetter
}

/** Partitions written at the same time by a write of one's own, whose receiver and memory are not known here. */
const PARTITIONS_AT_ONCE = 8

/** A batch on its way. */
interface Course {
  /** As it came. */
  batch: RecordBatch
  /** What is done of it. */
  progress: Progress
  delivery: Delivery
  trying: Trying
}

/** How a batch ended. Without a failure or an error, all of it is done. */
interface Ending {
  failure?: BatchFailure
  /** Fails the invocation whatever the policy. */
  error?: unknown
}

/** How each policy delivers what is left of a batch. */
const deliveries: Record<FailurePolicy, (rest: RecordBatch, course: Course) => Promise<Ending>> = {
  log: deliverOrPutAside,
  fail: deliverUntilFailure,
}

/**
 * Delivers the batches side by side, each in its own order, and applies the failure policy. All partitions finish before a
 * failure ends the invocation.
 *
 * @param remainingMs how long the invocation may still run
 * @param memory continues batches that an earlier invocation of this instance has not finished
 * @returns a failure with `OUT_OF_TIME` under any policy for batches with records for which there was no time
 * @throws CodedError `DEAD_LETTER_UNREACHABLE` under any policy: records would otherwise be lost
 */
export async function deliver(
  batches: RecordBatch[],
  delivery: Delivery,
  remainingMs: number,
  memory = new BatchMemory(),
): Promise<BatchResult[]> {
  const { putsAside } = failurePolicies[delivery.policy]
  const hasSink = (delivery.abnormalData ?? (putsAside ? delivery.deadLetter : undefined)) !== undefined
  const trying = new Trying(timeLimit(remainingMs, hasSink), delivery.logger)
  for (const batch of batches) countBatch(batch, delivery.telemetry)
  try {
    const courses = batches.map(batch => ({ batch, progress: memory.recall(batch), delivery, trying }))
    const endings = await pMap(courses, deliverBatch, { concurrency: delivery.partitionsAtOnce ?? PARTITIONS_AT_ONCE })
    // The trigger may deliver all batches of a failed invocation again, also those that are done.
    const hasFailed = endings.some(({ failure, error }) => failure ?? error)
    if (hasFailed) for (const { batch, progress } of courses) memory.keep(batch, progress)
    const thrown = endings.find(({ error }) => error !== undefined)
    if (thrown) throw thrown.error
    const reached = endings.some(isOutOfTime) ? reachedOf(courses) : undefined
    return courses.map((course, index) => resultOf(course, endings[index], reached))
  } finally {
    trying.close()
  }
}

async function deliverBatch(course: Course): Promise<Ending> {
  const { batch, progress, delivery, trying } = course
  const rest = progress.remainingOf(batch)
  if (rest.records.length === 0 && rest.abnormal.length === 0) return {}
  try {
    const ending = trying.isOver
      ? { failure: failureOf(course, outOfTime(batch)) }
      : await deliveries[delivery.policy](rest, course)
    if (ending.failure) reportStop(batch, ending.failure, delivery)
    else measureAge(batch.records, delivery.telemetry)
    return ending
  } catch (error) {
    return { error }
  }
}

function isOutOfTime({ failure }: Ending): boolean {
  return failure?.error.code === 'OUT_OF_TIME'
}

/** How far the invocation has come as a whole. */
function reachedOf(courses: Course[]): Reached {
  const reached = { done: 0, total: 0 }
  for (const { batch, progress } of courses) {
    reached.done += progress.done().size
    reached.total += batch.records.length + batch.abnormal.length
  }
  return reached
}

/** The result of a batch. If there was no time for some records, its error says how far the invocation has come. */
function resultOf({ batch }: Course, ending: Ending = {}, reached?: Reached): BatchResult {
  const { topic, partition } = batch
  const { failure } = ending
  if (!failure || !isOutOfTime(ending)) return { topic, partition, failure }
  return { topic, partition, failure: { ...failure, error: outOfTime(batch, failure.error, reached) } }
}

/** Delivers the rest of a batch, then puts aside what can't be decoded or delivered. */
async function deliverOrPutAside(rest: RecordBatch, course: Course): Promise<Ending> {
  const { progress, delivery, trying } = course
  const failed = await write(rest.records, course)
  if (failed instanceof AbnormalDataError) return await deliverOrPutAside(setApart(rest, failed.failed), course)
  // Records that are put aside count as handled, so the batch must not be delivered again because of other records.
  const untried = failed.find(({ error }) => error.code === 'OUT_OF_TIME')
  if (untried) return { failure: failureOf(course, untried.error) }
  for (const [records, sink] of [
    [rest.abnormal, delivery.abnormalData] as const,
    [failed, delivery.deadLetter] as const,
  ]) {
    await putAside(records, sink, delivery, trying.limit.putAside)
    progress.add(records.map(({ record }) => record))
  }
  return {}
}

/**
 * Delivers the records before the first one that fails, and stops there. Records that can't be decoded don't stop it where a
 * topic takes them; they go there last, as a batch that stops is repeated with them.
 */
async function deliverUntilFailure(rest: RecordBatch, course: Course): Promise<Ending> {
  const { progress, delivery, trying } = course
  const [firstAbnormal] = delivery.abnormalData ? [] : rest.abnormal
  const failed = await write(rest.records.slice(0, firstAbnormal?.position), course)
  if (failed instanceof AbnormalDataError) return await deliverUntilFailure(setApart(rest, failed.failed), course)
  const error = failed[0]?.error ?? firstAbnormal?.error
  if (error) return { failure: failureOf(course, error) }
  await putAside(rest.abnormal, delivery.abnormalData, delivery, trying.limit.putAside)
  progress.add(rest.abnormal.map(({ record }) => record))
  return {}
}

/**
 * The failure of a batch: it lists the records that the trigger has to deliver again. These are the ones after those that are
 * done, if exactly the first ones are. Otherwise it is the whole batch: one that begins at another record would be divided into
 * objects that begin elsewhere, and records that are in the bucket would be written once more under other keys.
 */
function failureOf({ batch, progress }: Course, error: CodedError): BatchFailure {
  const records = recordsInOrder(batch)
  const done = progress.done()
  const first = records.findIndex(record => !done.has(record))
  const offsetsOf = (some: KafkaRecord[]) => some.map(({ offset }) => offset)
  return {
    error,
    offsets: offsetsOf(first === done.size ? records.slice(first) : records),
    undone: offsetsOf(records.filter(record => !done.has(record))),
  }
}

/**
 * Writes those of the records that are not done, with retries. Every policy continues from what could not be delivered, so it is
 * returned.
 *
 * @returns the records that are not delivered, in their order, each with the reason
 */
async function write(records: KafkaRecord[], course: Course): Promise<FailedRecord[] | AbnormalDataError> {
  const { batch, progress, delivery, trying } = course
  const send = async (watch: Watch) => {
    const remaining = progress.remaining(records)
    if (remaining.length === 0) return
    await delivery.write(remaining, attemptOf(course, watch))
    progress.add(remaining)
  }
  try {
    if (records.length > 0) await trying.repeat({ peer: delivery.peer, send }, batch)
    return []
  } catch (thrown) {
    if (thrown instanceof AbnormalDataError) return thrown
    const remaining = progress.remaining(records)
    if (thrown instanceof UndeliveredError) {
      const errors = new Map(thrown.failed.map(({ record, error }) => [record, error]))
      return remaining.map(record => ({ record, error: errors.get(record) ?? thrown }))
    }
    const error = placed(asCodedError(thrown), remaining[0])
    return remaining.map(record => ({ record, error }))
  }
}

function attemptOf({ batch, progress, trying }: Course, watch: Watch): Attempt {
  return {
    signal: trying.signal,
    deadline: trying.limit.stop,
    delivered(records) {
      progress.add(records)
      watch.progressed()
    },
    async once(name, run) {
      if (progress.steps.has(name)) return
      await run()
      progress.steps.add(name)
    },
    repeat(request, turns) {
      watch.end()
      return trying.repeat(request, batch, turns)
    },
  }
}
