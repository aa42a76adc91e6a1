import { type EventRecord, toBatches } from '../aws/event.ts'
import { allOrNothing, type Platform } from '../platform.ts'

/** One record of a pipe: a record of Lambda's event source mappings, with the group that such a mapping would put it into. */
interface PipeRecord extends EventRecord {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** `topic-partition`. */
  eventSourceKey: string
}

/**
 * Amazon EventBridge Pipes with a source of Amazon MSK or self-managed Kafka: an array of records. Pipes support
 * partial batch responses for streams and queues, but not for Kafka, so a failure is an error and the pipe repeats the batch.
 *
 * Source: Amazon EventBridge User Guide, "Apache Kafka streams as a source in EventBridge Pipes" and "Amazon EventBridge
 * Pipes batching and concurrency".
 */
export const pipes: Platform = {
  title: 'Amazon EventBridge Pipes',
  matches: event => Array.isArray(event) && isPipeRecord(event[0]),
  toBatches: event => {
    const records = Object.groupBy(event as PipeRecord[], ({ eventSourceKey }) => eventSourceKey)
    return toBatches({ records: records as Record<string, EventRecord[]> })
  },
  toResponse: allOrNothing,
}

function isPipeRecord(record: unknown): record is PipeRecord {
  if (typeof record !== 'object' || record === null) return false
  const { eventSource, eventSourceKey } = record as Partial<PipeRecord>
  return (eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka') && typeof eventSourceKey === 'string'
}
