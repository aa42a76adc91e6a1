import type { BatchResult } from '../../batch.ts'
import type { Platform, ResponseOptions } from '../platform.ts'
import { isKafkaEvent, type KafkaEvent, toBatches } from './event.ts'

/** AWS Lambda's event source mappings for Amazon MSK (`aws:kafka`) and self-managed Kafka (`SelfManagedKafka`). */
export const aws: Platform = {
  title: 'AWS Lambda (aws:kafka, SelfManagedKafka)',
  matches: isKafkaEvent,
  toBatches: event => toBatches(event as KafkaEvent),
  toResponse,
}

/**
 * Lambda's partial batch response for Kafka. Sources disagree on whether Lambda repeats only the listed records or resumes
 * from the lowest one, so the response lists every record of the partition from the failing one on, which is right either
 * way. An identifier that is not in the event would make Lambda repeat the whole batch.
 *
 * Source: AWS Lambda Developer Guide, "Handling errors for Kafka event sources", partial batch responses.
 */
function toResponse(results: BatchResult[], { partialBatchResponses }: ResponseOptions): unknown {
  const failures = results.flatMap(({ topic, partition, failure }) => failure && { topic, partition, ...failure })
  const failed = failures.filter(failure => failure !== undefined)
  // A response can't name a record without a usable place: only an error makes Lambda repeat it.
  const unnamed = failed.find(({ partition, offsets }) => partition === -1 || offsets.includes(-1))
  if (failed[0] && (!partialBatchResponses || unnamed)) throw (unnamed ?? failed[0]).error
  if (!partialBatchResponses) return undefined
  return {
    batchItemFailures: failed.flatMap(({ topic, partition, offsets }) =>
      offsets.map(offset => ({ itemIdentifier: { partition: `${topic}-${partition}`, offset } })),
    ),
  }
}
