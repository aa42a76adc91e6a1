import type { BatchFailure } from '../batch.ts'
import type { CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { TopicPartition } from '../record.ts'
import type { DeadLetter, FailedRecord } from './dead-letter.ts'

/** Where failed records are reported. */
export interface FailureReport {
  logger: Log
  telemetry: Telemetry
}

/**
 * Puts failed records of one topic-partition where they can be found again: into a topic, or by name into the log. Records that
 * the topic refuses are named in the log with the error of the refusal.
 *
 * @param sink absent: the records are only named in the log
 * @param deadline in milliseconds since the epoch
 * @throws CodedError `DEAD_LETTER_UNREACHABLE`
 */
export async function putAside(
  failed: FailedRecord[],
  sink: DeadLetter | undefined,
  report: FailureReport,
  deadline: number,
): Promise<void> {
  if (failed.length === 0) return
  const left = sink ? await sink.put(failed, deadline) : failed
  report.telemetry.add('DeadLetters', failed.length)
  const leftRecords = new Set(left.map(({ record }) => record))
  name(
    failed.filter(({ record }) => !leftRecords.has(record)),
    { message: 'Records put aside', putInto: sink?.topic },
    report,
  )
  name(left, { message: 'Records left in Kafka' }, report)
}

function name(failed: FailedRecord[], told: { message: string; putInto?: string }, { logger }: FailureReport): void {
  const [first] = failed
  const last = failed.at(-1)
  if (!first || !last) return
  const { topic, partition } = first.record
  logger.error(told.message, {
    topic,
    partition,
    firstOffset: first.record.offset,
    lastOffset: last.record.offset,
    records: failed.length,
    putInto: told.putInto,
    ...errorFields(first.error),
  })
}

/** Reports that a partition has stopped at a failing record. */
export function reportStop(
  { topic, partition }: TopicPartition,
  { error, offsets }: BatchFailure,
  { logger, telemetry }: FailureReport,
): void {
  telemetry.add('PartitionsStopped', 1)
  const position = { topic, partition, firstOffset: offsets[0], records: offsets.length }
  logger.error('Partition stopped', { ...position, ...errorFields(error) })
}

/** The fields of a log line for an error. The cause's own fields are left out: they may hold what must not be logged. */
export function errorFields({ code, message, cause }: CodedError): Record<string, unknown> {
  return {
    errorCode: code,
    errorMessage: message,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined,
  }
}
