import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import type { RecordHeader, TopicPartition } from '../../record.ts'
import { addRecord, Batches } from '../batches.ts'
import { asItCame, base64Bytes, milliseconds, textBytes } from '../fields.ts'

const TYPE = 'dev.knative.kafka.event'

/**
 * One record of a KafkaSource as a CloudEvent in JSON. Headers are extensions `kafkaheader<name>` with the name's letters
 * and digits in lower case; of repeated headers the last value is kept.
 *
 * Source: knative-extensions/eventing-kafka-broker, `InvalidCloudEventInterceptor`; CloudEvents, "JSON Event Format".
 */
export interface KafkaCloudEvent {
  type: typeof TYPE
  /** `/apis/v1/namespaces/<namespace>/kafkasources/<name>#<topic>`. */
  source: string
  /** `partition:<n>/offset:<n>`. */
  id: string
  time?: string
  /** Text, or base64 as `keyencoding` says. */
  key?: unknown
  /** An extension of `lib/server`: how KafkaSource writes keys. */
  keyencoding?: 'base64'
  /** The record's header `content-type`, which KafkaSource moves here. */
  datacontenttype?: unknown
  /** The bytes of an HTTP request's body; a CloudEvent in JSON has one of the two other fields instead. */
  body?: Uint8Array
  data_base64?: unknown
  data?: unknown
}

const HEADER = 'kafkaheader'

export function isCloudEvents(event: unknown): boolean {
  return Array.isArray(event) && isKafkaCloudEvent(event[0])
}

function isKafkaCloudEvent(event: unknown): event is KafkaCloudEvent {
  if (typeof event !== 'object' || event === null) return false
  const { type, source, id } = event as Partial<KafkaCloudEvent>
  return type === TYPE && typeof source === 'string' && typeof id === 'string'
}

export function toBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const event of events) {
    if (!isKafkaCloudEvent(event))
      throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: one element is not a Kafka record.')
    const record = {
      ...positionOf(event),
      timestamp: milliseconds(event.time) ?? -1,
      key: event.keyencoding === 'base64' ? base64Bytes(event.key) : textBytes(event.key),
      value: contentOf(event),
      headers: headersOf(event),
    }
    addRecord(batches.of(record), record, { key: event.key, value: event.data_base64 }, 'text or base64')
  }
  return batches.all()
}

function positionOf({ source, id }: KafkaCloudEvent): TopicPartition & { offset: number } {
  const topic = source.slice(source.indexOf('#') + 1)
  const [, partition, offset] = /^partition:(\d+)\/offset:(\d+)$/.exec(id) ?? []
  if (offset && source.includes('#')) return { topic, partition: Number(partition), offset: Number(offset) }
  throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: its source and id name no topic, partition and offset.')
}

/** Null for no content, which KafkaSource sends for tombstones and for empty values. */
function contentOf({ body, data_base64: base64, data }: KafkaCloudEvent): Buffer | null | undefined {
  const bytes = body ? Buffer.from(body.buffer, body.byteOffset, body.length) : base64Bytes(base64)
  if (bytes === undefined) return undefined
  if (bytes !== null) return bytes.length === 0 ? null : bytes
  return data === null || data === undefined ? null : asItCame(data)
}

function headersOf(event: KafkaCloudEvent): RecordHeader[] {
  const headers = Object.entries(event).flatMap(([name, value]) =>
    name.startsWith(HEADER) && typeof value === 'string'
      ? { key: name.slice(HEADER.length), value: Buffer.from(value) }
      : [],
  )
  const { datacontenttype: contentType } = event
  return typeof contentType === 'string'
    ? [{ key: 'content-type', value: Buffer.from(contentType) }, ...headers]
    : headers
}
