import type { RecordBatch } from '../../batch.ts'
import type { RecordHeader } from '../../record.ts'
import { addRecord, Batches, type ReadRecord } from '../batches.ts'
import { base64Length, fieldsOf, isByteArray, partitionNumber, timestampOf, topicName, wholeNumber } from '../fields.ts'

/**
 * A Kafka event as Lambda's event source mapping sends it. Fields are `unknown` where senders differ, or where tools send
 * something else; the decoder checks them.
 *
 * Source: AWS Lambda Developer Guide, "Using Lambda with Amazon MSK" and "… with self-managed Apache Kafka".
 */
export interface KafkaEvent {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** Keys are `topic-partition`. */
  records: Record<string, unknown[]>
}

/** One record of the event. Key and value are base64, absent or null when the record has none. */
export interface EventRecord {
  topic?: unknown
  /** A number; text in older samples. */
  partition?: unknown
  offset?: unknown
  timestamp?: unknown
  key?: unknown
  value?: unknown
  headers?: unknown
  /** `{dataFormat, schemaId}` when the mapping has a schema registry. */
  valueSchemaMetadata?: unknown
}

export function isKafkaEvent(event: unknown): event is KafkaEvent {
  if (typeof event !== 'object' || event === null) return false
  const { eventSource, records } = event as Partial<KafkaEvent>
  return (
    (eventSource === 'aws:kafka' || eventSource === 'SelfManagedKafka') &&
    typeof records === 'object' &&
    records !== null &&
    Object.values(records).every(Array.isArray)
  )
}

/**
 * Decodes the event's records into one batch per topic-partition, each in the order of the event. Removes them from the event:
 * otherwise their text, half as large again as the records, would stay in memory until the invocation ends.
 */
export function toBatches(event: Pick<KafkaEvent, 'records'>): RecordBatch[] {
  const batches = new Batches()
  // The names alone: the entries would hold every group until the last one is decoded.
  for (const group of Object.keys(event.records)) {
    const received = event.records[group] as unknown[]
    event.records[group] = []
    addGroup(batches, group, received)
  }
  return batches.all()
}

/** Adds the records of one group of the event, and drops each from the group once it is read: see {@link toBatches}. */
export function addGroup(batches: Batches, group: string, received: unknown[]): void {
  const groupPlace = placeOf(group)
  const bytes = new Base64Bytes(received)
  let batch: RecordBatch | undefined
  for (const [index, element] of received.entries()) {
    received[index] = undefined
    const eventRecord: EventRecord | undefined = fieldsOf(element)
    if (!eventRecord) {
      batches.addMalformed(element, groupPlace)
      continue
    }
    const record = read(eventRecord, groupPlace, bytes)
    // Lambda groups records by topic-partition, so the batch is nearly always that of the record before.
    if (!batch || batch.topic !== record.topic || batch.partition !== record.partition) batch = batches.of(record)
    addRecord(batch, record, eventRecord, 'base64')
  }
}

/** As much of a place as a record or a group tells. */
type KnownPlace = Pick<ReadRecord, 'topic' | 'partition'>

/** The topic-partition of a group's name; topic names may contain hyphens themselves. */
function placeOf(group: string): KnownPlace {
  const [, topic, digits] = /^(.+)-(\d+)$/s.exec(group) ?? []
  const partition = partitionNumber(digits)
  return partition === undefined ? { topic: undefined, partition } : { topic, partition }
}

function read(eventRecord: EventRecord, group: KnownPlace, bytes: Base64Bytes): ReadRecord {
  const record: ReadRecord = {
    topic: topicOf(eventRecord, group),
    partition: partitionNumber(eventRecord.partition) ?? group.partition,
    offset: wholeNumber(eventRecord.offset),
    timestamp: timestampOf(eventRecord.timestamp),
    key: bytes.decode(eventRecord.key),
    value: bytes.decode(eventRecord.value),
    headers: decodeHeaders(eventRecord.headers),
  }
  const { valueSchemaMetadata } = eventRecord
  if (valueSchemaMetadata) record.valueSchemaId = schemaIdOf(valueSchemaMetadata)
  return record
}

/** Where a record names the topic of its group, as nearly all do, it gets that string, so that its own is garbage. */
function topicOf({ topic }: EventRecord, group: KnownPlace): string | undefined {
  return topic === group.topic ? group.topic : (topicName(topic) ?? group.topic)
}

/** Source: AWS Lambda Developer Guide, "Using schema registries with Kafka event sources", payload formats. */
function schemaIdOf(metadata: object): string | undefined {
  const { schemaId } = metadata as { schemaId?: unknown }
  return typeof schemaId === 'string' || typeof schemaId === 'number' ? String(schemaId) : undefined
}

/**
 * Decodes headers such as `[{"name": [104, 105]}, …]`; null or absent means none. Java senders produce signed bytes, so
 * −128…255 is accepted and read modulo 256.
 */
function decodeHeaders(headers: unknown): readonly RecordHeader[] | undefined {
  if (headers === null || headers === undefined) return NO_HEADERS
  if (!Array.isArray(headers)) return undefined
  if (headers.length === 0) return NO_HEADERS
  const decoded: RecordHeader[] = []
  for (const header of headers) {
    const fields = fieldsOf(header)
    if (!fields) return undefined
    for (const [key, value] of Object.entries(fields)) {
      if (value !== null && !isByteArray(value)) return undefined
      decoded.push({ key, value: value && Buffer.from(value) })
    }
  }
  return decoded
}

/** Shared by all records without headers, which most are. */
const NO_HEADERS: readonly RecordHeader[] = []

/**
 * Decodes the base64 of many records into one allocation: an event has thousands of small keys and values, and allocating a
 * buffer for each costs more than decoding it.
 */
class Base64Bytes {
  readonly #bytes: Buffer
  #used = 0

  constructor(received: unknown[]) {
    let length = 0
    for (const element of received) {
      const { key, value } = (element ?? {}) as EventRecord
      length += maxBytes(key) + maxBytes(value)
    }
    this.#bytes = Buffer.allocUnsafeSlow(length)
  }

  /** The bytes of a base64 text, null when it is absent, undefined when it is not base64: see {@link base64Length}. */
  decode(base64: unknown): Buffer | null | undefined {
    if (base64 === null || base64 === undefined) return null
    if (typeof base64 !== 'string') return undefined
    const start = this.#used
    const length = this.#bytes.write(base64, start, 'base64')
    if (length !== base64Length(base64)) return undefined
    this.#used += length
    return this.#bytes.subarray(start, this.#used)
  }
}

/** The most bytes that a base64 text of this length can encode. */
function maxBytes(base64: unknown): number {
  return typeof base64 === 'string' ? Math.ceil((base64.length * 3) / 4) : 0
}
