import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import { addRecord, Batches } from '../batches.ts'
import { textBytes } from '../fields.ts'
import { allOrNothing, type Platform } from '../platform.ts'

/**
 * Values without key, headers, timestamp, partition and offset.
 *
 * Source: Open Telekom Cloud, FunctionGraph Developer Guide, "Kafka (Open-Source) Event Source" and "DMS for Kafka Event
 * Source". An older form has `messages` and `topic_id` outside of `records`.
 */
interface FunctionGraphEvent extends MessageGroup {
  trigger_type: 'KAFKA'
  /** Seconds since the epoch; the description has it as text. */
  event_time?: unknown
  records?: MessageGroup[]
}

interface MessageGroup {
  /** Text, or an object that holds it as `message`. */
  messages?: unknown[]
  topic_id?: unknown
}

/**
 * The Kafka triggers of FunctionGraph on Huawei Cloud and Open Telekom Cloud. The event has no offsets, so an object is
 * named by a digest of its records.
 */
export const functionGraph: Platform = {
  name: 'FunctionGraph (Kafka)',
  matches: event => {
    const { trigger_type: type, records, messages } = (event ?? {}) as Partial<FunctionGraphEvent>
    return type === 'KAFKA' && (Array.isArray(records) || Array.isArray(messages))
  },
  toBatches: event => toBatches(event as FunctionGraphEvent),
  toResponse: allOrNothing,
}

function toBatches(event: FunctionGraphEvent): RecordBatch[] {
  const batches = new Batches()
  const eventTime = eventTimeOf(event)
  for (const { topic_id: topic, messages = [] } of event.records ?? [event]) {
    if (typeof topic !== 'string') throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: it says no topic_id.')
    const place = { topic, partition: -1, offset: -1, timestamp: -1, eventTime }
    for (const message of messages) {
      const value =
        typeof message === 'object' && message !== null ? (message as { message?: unknown }).message : message
      const record = { ...place, key: null, value: textBytes(value), headers: [] }
      addRecord(batches.of(place), record, { value: message }, 'text')
    }
  }
  return batches.all()
}

function eventTimeOf({ event_time: time }: FunctionGraphEvent): number | undefined {
  const seconds = Number(time)
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(String(time))
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}
