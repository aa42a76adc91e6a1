import type { BatchFailure, BatchResult } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { TopicPartition } from '../../record.ts'
import type { Platform } from '../platform.ts'
import { isCloudEvents, toBatches } from './event.ts'

/**
 * Knative's KafkaSource: one HTTP request per record. The server (functions/server.ts) collects records into a batch of
 * CloudEvents, and answers each request as its own record went. It answers an error with 500, which makes KafkaSource repeat the
 * request according to its delivery settings.
 */
export const knative: Platform = {
  title: 'Knative KafkaSource',
  matches: isCloudEvents,
  toBatches: event => toBatches(event as unknown[]),
  toResponse,
}

/** Says which records of a batch failed; the others are delivered. To all others it is the error of the first failure. */
export class PartialFailure extends CodedError {
  readonly #failures: PartitionMap<BatchFailure>

  /** @param failed at least one result, each with a failure */
  constructor(failed: (TopicPartition & { failure: BatchFailure })[]) {
    const [first] = failed as [TopicPartition & { failure: BatchFailure }]
    const { code, message, ...details } = first.failure.error
    super(code, message, { ...details, cause: first.failure.error.cause })
    this.#failures = new PartitionMap(failed.map(({ topic, partition, failure }) => [{ topic, partition }, failure]))
  }

  /** The error of a record, or undefined when it is delivered. */
  errorOf({ topic, partition, offset }: TopicPartition & { offset: number }): CodedError | undefined {
    const failure = this.#failures.get({ topic, partition })
    return failure?.undone.includes(offset) ? failure.error : undefined
  }
}

function toResponse(results: BatchResult[]): undefined {
  const failed = results.flatMap(({ failure, ...place }) => (failure ? [{ ...place, failure }] : []))
  if (failed.length > 0) throw new PartialFailure(failed)
}
