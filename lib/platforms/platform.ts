import type { BatchResult, RecordBatch } from '../batch.ts'

/** What one kind of Kafka trigger sends and expects back. A platform is one folder and one line in `index.ts`. */
export interface Platform {
  name: string
  /** Whether the event is one of this platform's. Looks at the event's outside only. */
  matches(event: unknown): boolean
  /**
   * The event's records by topic-partition. A malformed record becomes abnormal data and stops nothing.
   * Call it once: it may take the records out of the event, whose text needs more memory than they do.
   *
   * @throws CodedError `EVENT_UNKNOWN` where the event is too malformed to say which topic-partition a record is of
   */
  toBatches(event: unknown): RecordBatch[]
  /**
   * The response that makes the platform keep what was delivered and repeat what failed.
   *
   * @throws the failure's error where the platform can be told only by an error
   */
  toResponse(results: BatchResult[], options: ResponseOptions): unknown
}

export interface ResponseOptions {
  /** Whether the trigger understands a partial batch response (Lambda: `ReportBatchItemFailures`). */
  partialBatchResponses: boolean
}

/** The response of a platform that knows success and error only, so that an error makes it repeat the whole batch. */
export function allOrNothing(results: BatchResult[]): undefined {
  const failed = results.find(({ failure }) => failure !== undefined)
  if (failed?.failure) throw failed.failure.error
}
