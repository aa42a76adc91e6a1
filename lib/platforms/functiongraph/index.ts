import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import { addRecord, Batches } from '../batches.ts'
import { textBytes } from '../fields.ts'
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
  records?: MessageGroup[]
}

interface MessageGroup {
  /** Text, or objects that hold it as `message`. */
  messages?: unknown[]
  topic_id?: unknown
}

/**
 * The Kafka triggers of FunctionGraph on Huawei Cloud and Open Telekom Cloud. Their events have no offsets, so objects are
 * named by a digest of their records.
 */
export const functionGraph: Platform = {
  title: 'FunctionGraph (Kafka)',
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
    if (typeof topic !== 'string') throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: it has no topic_id.')
    const common = { topic, partition: -1, offset: -1, timestamp: -1, eventTime }
    for (const message of messages) {
      const value =
        typeof message === 'object' && message !== null ? (message as { message?: unknown }).message : message
      const record = { ...common, key: null, value: textBytes(value), headers: [] }
      addRecord(batches.of(common), record, { value: message }, 'text')
    }
  }
  return batches.all()
}

function eventTimeOf({ event_time: time }: FunctionGraphEvent): number | undefined {
  const seconds = Number(time)
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(String(time))
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}
