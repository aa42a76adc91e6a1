import type { RecordBatch } from '../../batch.ts'
import { Batches } from '../batches.ts'
import { fieldsOf, milliseconds, textBytes, topicName } from '../fields.ts'
import { allOrNothing, type Platform } from '../platform.ts'

/**
 * Values without key, headers, timestamp, partition and offset.
 *
 * Source: Open Telekom Cloud, FunctionGraph Developer Guide, "Kafka (Open-Source) Event Source" and "DMS for Kafka Event
 * Source". An older form has `messages` and `topic_id` outside `records`.
 */
interface FunctionGraphEvent extends MessageGroup {
  trigger_type: 'KAFKA'
  /** Seconds since the epoch; text in the description. */
  event_time?: unknown
  records?: unknown
}

interface MessageGroup {
  /** Text, or objects that hold it as `message`. */
  messages?: unknown
  topic_id?: unknown
}

/**
 * The Kafka triggers of FunctionGraph on Huawei Cloud and Open Telekom Cloud. Their events have no offsets, so objects are
 * named by a digest of their records.
 */
export const functionGraph: Platform = {
  title: 'FunctionGraph (Kafka)',
  matches: event => {
    const { trigger_type: type, records, messages } = fieldsOf(event) ?? {}
    return type === 'KAFKA' && (Array.isArray(records) || Array.isArray(messages))
  },
  toBatches: event => toBatches(event as FunctionGraphEvent),
  toResponse: allOrNothing,
}

function toBatches(event: FunctionGraphEvent): RecordBatch[] {
  const batches = new Batches()
  const eventTime = eventTimeOf(event)
  for (const group of Array.isArray(event.records) ? event.records : [event]) {
    const { topic_id: topic, messages } = (fieldsOf(group) ?? {}) as MessageGroup
    const place = { topic: topicName(topic), partition: -1 }
    // A group without messages has no records; anything else in their place could be one.
    if (!Array.isArray(messages)) {
      if (!fieldsOf(group) || (messages !== null && messages !== undefined)) batches.addMalformed(group, place)
      continue
    }
    for (const message of messages) {
      const common = { ...place, offset: -1, timestamp: -1, eventTime }
      const record = { ...common, key: null, value: contentOf(message), headers: [] }
      batches.add(record, { value: message }, 'text')
    }
  }
  return batches.all()
}

function contentOf(message: unknown): Buffer | null | undefined {
  const fields = fieldsOf(message)
  if (fields) return 'message' in fields ? textBytes(fields.message) : undefined
  return textBytes(message)
}

function eventTimeOf({ event_time: time }: FunctionGraphEvent): number | undefined {
  if (typeof time !== 'number' && typeof time !== 'string') return undefined
  const seconds = typeof time === 'number' || /^\d+$/.test(time) ? Number(time) : Number.NaN
  return milliseconds(Number.isNaN(seconds) ? time : seconds * 1000)
}
