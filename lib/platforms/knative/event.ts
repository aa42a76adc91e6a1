import { types } from 'node:util'
import type { RecordBatch } from '../../batch.ts'
import type { RecordHeader } from '../../record.ts'
import { Batches, type ReadRecord } from '../batches.ts'
import {
  base64Bytes,
  fieldsOf,
  firstObject,
  jsonText,
  partitionNumber,
  textBytes,
  timestampOf,
  topicName,
  wholeNumber,
} from '../fields.ts'

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
  time?: unknown
  /** Text, or base64 as `keyencoding` says. */
  key?: unknown
  /** An extension of `lib/server`: how KafkaSource writes keys. */
  keyencoding?: 'base64'
  /** The record's header `content-type`, which KafkaSource moves here. */
  datacontenttype?: unknown
  /** The bytes of an HTTP request's body; a CloudEvent in JSON has one of the two other fields instead. */
  body?: unknown
  data_base64?: unknown
  data?: unknown
}

const HEADER = 'kafkaheader'

export function isCloudEvents(event: unknown): boolean {
  return Array.isArray(event) && isKafkaCloudEvent(firstObject(event))
}

function isKafkaCloudEvent(event: unknown): event is KafkaCloudEvent {
  const { type, source, id } = fieldsOf(event) ?? {}
  return type === TYPE && typeof source === 'string' && typeof id === 'string'
}

export function toBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const event of events) {
    if (!isKafkaCloudEvent(event)) {
      batches.addMalformed(event)
      continue
    }
    const record = {
      ...placeOf(event),
      timestamp: timestampOf(event.time),
      key: event.keyencoding === 'base64' ? base64Bytes(event.key) : textBytes(event.key),
      value: contentOf(event),
      headers: headersOf(event),
    }
    const value = event.body ?? event.data_base64 ?? event.data
    batches.add(record, { key: event.key, value }, 'text or base64')
  }
  return batches.all()
}

/** As much of its place as a record of a KafkaSource names in its source and id. */
export function placeOf({ source, id }: Pick<KafkaCloudEvent, 'source' | 'id'>) {
  const [, partition, offset] = /^partition:(\d+)\/offset:(\d+)$/.exec(id) ?? []
  const topic = source.includes('#') ? topicName(source.slice(source.indexOf('#') + 1)) : undefined
  return { topic, partition: partitionNumber(partition), offset: wholeNumber(offset) }
}

/** Null for no content, which KafkaSource sends for tombstones and for empty values. */
function contentOf({ body, data_base64: base64, data }: KafkaCloudEvent): ReadRecord['value'] {
  const bytes = body === undefined || body === null ? base64Bytes(base64) : bodyBytes(body)
  if (bytes === undefined) return undefined
  if (bytes !== null) return bytes.length === 0 ? null : bytes
  if (data === null || data === undefined) return null
  const text = typeof data === 'string' ? data : jsonText(data)
  return text === undefined ? undefined : Buffer.from(text)
}

function bodyBytes(body: unknown): Buffer | undefined {
  return types.isUint8Array(body) ? Buffer.from(body.buffer, body.byteOffset, body.length) : undefined
}

/** The extensions of a CloudEvent in JSON may be numbers and truth values, but KafkaSource writes its headers as text. */
function headersOf(event: KafkaCloudEvent): RecordHeader[] | undefined {
  const attributes: [string, unknown][] = Object.entries(event)
    .filter(([name, value]) => name.startsWith(HEADER) && value !== null)
    .map(([name, value]) => [name.slice(HEADER.length), value])
  const contentType = event.datacontenttype ?? undefined
  if (contentType !== undefined) attributes.unshift(['content-type', contentType])
  if (!attributes.every((attribute): attribute is [string, string] => typeof attribute[1] === 'string'))
    return undefined
  return attributes.map(([key, value]) => ({ key, value: Buffer.from(value) }))
}
