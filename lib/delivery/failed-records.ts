import type { BatchFailure } from '../batch.ts'
import type { CodedError, ErrorCode } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { TopicPartition } from '../record.ts'
import type { DeadLetter, FailedRecord } from './dead-letter.ts'
import { type FailedRecordsMessage, failedRecordsLines } from './failed-records-line.ts'
import type { FailurePolicy } from './policy.ts'

/** Where failed records are reported. */
export interface FailureReport {
  policy: FailurePolicy
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
  const put = failed.filter(({ record }) => !leftRecords.has(record))
  nameByCode(put, 'Records put aside', report, sink?.topic)
  nameByCode(left, 'Records left in Kafka', report)
}

/** Reports that a partition has stopped at a failing record. */
export function reportStop(place: TopicPartition, { error, offsets }: BatchFailure, report: FailureReport): void {
  report.telemetry.add('PartitionsStopped', 1)
  name(place, offsets, error, 'Partition stopped', report)
}

/** Names the records by their exact offsets, those of each error code apart. */
function nameByCode(failed: FailedRecord[], message: FailedRecordsMessage, report: FailureReport, putInto?: string) {
  const byCode = Map.groupBy(failed, ({ error }): ErrorCode => error.code)
  for (const [first, ...others] of byCode.values()) {
    if (!first) continue
    const offsets = [first, ...others].map(({ record }) => record.offset)
    name(first.record, offsets, first.error, message, report, putInto)
  }
}

function name(
  { topic, partition }: TopicPartition,
  offsets: number[],
  error: CodedError,
  message: FailedRecordsMessage,
  { logger, policy }: FailureReport,
  putInto?: string,
): void {
  const facts = { message, topic, partition, policy, putInto, ...errorFields(error) }
  for (const { message, ...fields } of failedRecordsLines(facts, offsets)) logger.error(message, fields)
}

/** The fields of a log line for an error. The cause's own fields are left out: they may hold what must not be logged. */
export function errorFields({ code, message, cause }: CodedError) {
  return {
    errorCode: code,
    errorMessage: message,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined,
  }
}
