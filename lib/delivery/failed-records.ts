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
 * Puts failed records of one topic-partition where they can be found again: into a topic, or by name into the log.
 *
 * @param sink absent: the records are only named in the log
 * @param deadline in milliseconds since the epoch
 * @throws CodedError `DEAD_LETTER_UNREACHABLE`
 */
export async function putAside(
  failed: FailedRecord[],
  sink: DeadLetter | undefined,
  { logger, telemetry }: FailureReport,
  deadline: number,
): Promise<void> {
  const [first] = failed
  const last = failed.at(-1)
  if (!first || !last) return
  if (sink) await sink.put(failed, deadline)
  telemetry.add('DeadLetters', failed.length)
  const { topic, partition } = first.record
  logger.error(sink ? 'Records put aside' : 'Records left in Kafka', {
    topic,
    partition,
    firstOffset: first.record.offset,
    lastOffset: last.record.offset,
    records: failed.length,
    putInto: sink?.topic,
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
