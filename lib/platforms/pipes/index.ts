import { addGroup, type EventRecord } from '../aws/event.ts'
import { Batches } from '../batches.ts'
import { fieldsOf, firstObject } from '../fields.ts'
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
  matches: event => Array.isArray(event) && isPipeRecord(firstObject(event)),
  toBatches: event => {
    const batches = new Batches()
    const groups = Map.groupBy((event as unknown[]).splice(0), groupOf)
    for (const [group, records] of groups) addGroup(batches, group, records)
    return batches.all()
  },
  toResponse: allOrNothing,
}

function isPipeRecord(record: unknown): record is PipeRecord {
  const { eventSource, eventSourceKey } = fieldsOf(record) ?? {}
  return (eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka') && typeof eventSourceKey === 'string'
}

/** The name of a record's group; empty, so that it names no place, when the record has none. */
function groupOf(record: unknown): string {
  const key = fieldsOf(record)?.eventSourceKey
  return typeof key === 'string' ? key : ''
}
