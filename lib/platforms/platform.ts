import type { BatchResult, RecordBatch } from '../batch.ts'

/** What one kind of Kafka trigger sends and expects back. */
export interface Platform {
  /** Names the platform and its trigger to people. */
  title: string
  /** Whether the event comes from this platform. Looks only at the outermost fields. */
  matches(event: unknown): boolean
  /**
   * The event's records by topic-partition. Each element of the event is a record or, when it is malformed, abnormal data that
   * doesn't stop the others. Call it once: it may remove the records from the event, whose text takes more memory than they do.
   *
   * @throws CodedError `EVENT_UNKNOWN` when no record says which topic-partition it belongs to
   */
  toBatches(event: unknown): RecordBatch[]
  /**
   * The response that makes the platform keep what was delivered and repeat what failed.
   *
   * @throws the failure's error when the platform can be told of a failure only by an error
   */
  toResponse(results: BatchResult[], options: ResponseOptions): unknown
}

export interface ResponseOptions {
  /** Whether the trigger understands a partial batch response (Lambda: `ReportBatchItemFailures`). */
  partialBatchResponses: boolean
}

/** The response for platforms that know only success and error: an error makes them repeat the whole batch. */
export function allOrNothing(results: BatchResult[]): undefined {
  const failed = results.find(({ failure }) => failure !== undefined)
  if (failed?.failure) throw failed.failure.error
}
