import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import type { RecordHeader, TopicPartition } from '../../record.ts'
import { addRecord, Batches, type ReadRecord } from '../batches.ts'
import { base64Length, isByteArray, wholeNumber } from '../fields.ts'

/**
 * A Kafka event as Lambda's event source mapping sends it. Fields are `unknown` where senders differ, or where tools send
 * something else; the decoder checks them.
 *
 * Source: AWS Lambda Developer Guide, "Using Lambda with Amazon MSK" and "… with self-managed Apache Kafka".
 */
export interface KafkaEvent {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** Keys are `topic-partition`. */
  records: Record<string, (EventRecord | null)[]>
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
  for (const [group, received] of Object.entries(event.records)) {
    const groupPartition = topicPartitionOf(group)
    // A null becomes abnormal data, like a record without an offset.
    const eventRecords = received.map(eventRecord => eventRecord ?? {})
    const bytes = new Base64Bytes(eventRecords)
    let batch: RecordBatch | undefined
    for (const eventRecord of eventRecords) {
      const { topic, partition } = partitionOf(eventRecord, groupPartition)
      // Lambda groups records by topic-partition, so the batch is nearly always that of the record before.
      if (batch?.topic !== topic || batch.partition !== partition) batch = batches.of({ topic, partition })
      addRecord(batch, read(batch, eventRecord, bytes), eventRecord, 'base64')
    }
    event.records[group] = []
  }
  return batches.all()
}

/** The topic-partition of a group's name; topic names may contain hyphens themselves. */
function topicPartitionOf(group: string): TopicPartition {
  const hyphen = group.lastIndexOf('-')
  const partition = Number(group.slice(hyphen + 1))
  if (hyphen > 0 && Number.isSafeInteger(partition)) return { topic: group.slice(0, hyphen), partition }
  throw new CodedError(
    'EVENT_UNKNOWN',
    `Not a Kafka event: the group ${JSON.stringify(group)} is not a topic-partition.`,
  )
}

function partitionOf({ topic, partition }: EventRecord, group: TopicPartition): TopicPartition {
  return {
    topic: typeof topic === 'string' && topic !== '' ? topic : group.topic,
    partition: wholeNumber(partition) ?? group.partition,
  }
}

function read({ topic, partition }: TopicPartition, eventRecord: EventRecord, bytes: Base64Bytes): ReadRecord {
  const record: ReadRecord = {
    topic,
    partition,
    offset: wholeNumber(eventRecord.offset),
    timestamp: wholeNumber(eventRecord.timestamp) ?? -1,
    key: bytes.decode(eventRecord.key),
    value: bytes.decode(eventRecord.value),
    headers: decodeHeaders(eventRecord.headers),
  }
  const { valueSchemaMetadata } = eventRecord
  if (valueSchemaMetadata) record.valueSchemaId = schemaIdOf(valueSchemaMetadata)
  return record
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
    if (typeof header !== 'object' || header === null) return undefined
    for (const [key, value] of Object.entries(header)) {
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

  constructor(eventRecords: EventRecord[]) {
    let length = 0
    for (const { key, value } of eventRecords) length += maxBytes(key) + maxBytes(value)
    this.#bytes = Buffer.allocUnsafeSlow(length)
  }

  /**
   * The bytes of a base64 text, null when it is absent, undefined when it is not base64. Node's decoder skips characters that
   * it doesn't know, so invalid text shows in a shorter result.
   */
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
