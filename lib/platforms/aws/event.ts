import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../failure/error.ts'
import type { RecordHeader, TopicPartition } from '../../record.ts'

/**
 * A Kafka event as Lambda's event source mapping sends it. Fields are `unknown` where senders differ or tools have been
 * seen to send something else; the decoder checks them.
 *
 * Source: AWS Lambda Developer Guide, "Using Lambda with Amazon MSK" and "… with self-managed Apache Kafka".
 */
export interface KafkaEvent {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** Keys are `topic-partition`. */
  records: Record<string, EventRecord[]>
}

/** One record of the event. Key and value are base64, absent or null when the record has none. */
export interface EventRecord {
  topic?: unknown
  /** A number; older samples have it as text. */
  partition?: unknown
  offset?: unknown
  timestamp?: unknown
  key?: unknown
  value?: unknown
  headers?: unknown
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

/** The event's records decoded, one batch per topic-partition, each in the order of the event. */
export function toBatches(event: KafkaEvent): RecordBatch[] {
  const batches = new Map<string, RecordBatch>()
  for (const [group, eventRecords] of Object.entries(event.records)) {
    const place = placeOf(group)
    const bytes = new Base64Bytes(eventRecords)
    let batch: RecordBatch | undefined
    for (const eventRecord of eventRecords) {
      const { topic, partition } = recordPlace(eventRecord, place)
      // Lambda groups by topic-partition, so the next record's batch is nearly always the last one's.
      if (batch?.topic !== topic || batch.partition !== partition) batch = batchOf(batches, { topic, partition })
      addRecord(batch, eventRecord, bytes)
    }
  }
  return [...batches.values()]
}

function batchOf(batches: Map<string, RecordBatch>, { topic, partition }: TopicPartition): RecordBatch {
  const name = `${topic}-${partition}`
  const batch = batches.get(name) ?? { topic, partition, records: [], abnormal: [] }
  batches.set(name, batch)
  return batch
}

/** The topic-partition that a group's name says; topic names may themselves contain hyphens. */
function placeOf(group: string): TopicPartition {
  const hyphen = group.lastIndexOf('-')
  const partition = Number(group.slice(hyphen + 1))
  if (hyphen > 0 && Number.isSafeInteger(partition)) return { topic: group.slice(0, hyphen), partition }
  throw new CodedError('EVENT_UNKNOWN', `Not a Kafka event: the group ${JSON.stringify(group)} is no topic-partition.`)
}

function recordPlace({ topic, partition }: EventRecord, group: TopicPartition): TopicPartition {
  const number = typeof partition === 'string' && partition !== '' ? Number(partition) : partition
  return {
    topic: typeof topic === 'string' && topic !== '' ? topic : group.topic,
    partition: wholeNumber(number) ?? group.partition,
  }
}

function addRecord(batch: RecordBatch, eventRecord: EventRecord, bytes: Base64Bytes): void {
  const { topic, partition } = batch
  const offset = wholeNumber(eventRecord.offset)
  const timestamp = wholeNumber(eventRecord.timestamp) ?? -1
  const key = bytes.decode(eventRecord.key)
  const value = bytes.decode(eventRecord.value)
  const headers = decodeHeaders(eventRecord.headers)
  if (offset !== undefined && key !== undefined && value !== undefined && headers !== undefined) {
    batch.records.push({ topic, partition, offset, timestamp, key, value, headers })
    return
  }
  const faults = [
    offset === undefined && 'its offset is no whole number',
    key === undefined && 'its key is no base64',
    value === undefined && 'its value is no base64',
    headers === undefined && 'its headers are no list of names and bytes',
  ].filter(fault => fault !== false)
  const place = { topic, partition, offset: offset ?? -1 }
  batch.abnormal.push({
    record: {
      ...place,
      timestamp,
      key: key === undefined ? asItCame(eventRecord.key) : key,
      value: value === undefined ? asItCame(eventRecord.value) : value,
      headers: headers ?? [],
    },
    error: new CodedError('RECORD_UNDECODABLE', `The record can't be decoded: ${faults.join(', ')}.`, place),
    position: batch.records.length,
  })
}

function wholeNumber(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

/** A field that is no base64, kept so that the abnormal-data topic gets what there was. */
function asItCame(field: unknown): Buffer {
  return Buffer.from(typeof field === 'string' ? field : JSON.stringify(field))
}

/**
 * Headers as `[{"name": [104, 105]}, …]`; null or absent means none. Java senders have produced signed bytes, so −128…255
 * is accepted and read modulo 256.
 */
function decodeHeaders(headers: unknown): RecordHeader[] | undefined {
  if (headers === null || headers === undefined) return []
  if (!Array.isArray(headers)) return undefined
  const decoded: RecordHeader[] = []
  for (const header of headers) {
    if (typeof header !== 'object' || header === null) return undefined
    for (const [key, value] of Object.entries(header)) {
      if (value !== null && !(Array.isArray(value) && value.every(isByte))) return undefined
      decoded.push({ key, value: value && Buffer.from(value) })
    }
  }
  return decoded
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -128 && (value as number) <= 255
}

/**
 * Decodes the base64 of many records into one allocation: an event has thousands of small keys and values, and a buffer
 * of its own for each costs more than the decoding.
 */
class Base64Bytes {
  readonly #bytes: Buffer
  #used = 0

  constructor(eventRecords: EventRecord[]) {
    let length = 0
    for (const { key, value } of eventRecords) length += longest(key) + longest(value)
    this.#bytes = Buffer.allocUnsafeSlow(length)
  }

  /**
   * The bytes of a base64 text, null for an absent one, undefined for what is none: Node's own decoder skips what it
   * doesn't know.
   */
  decode(base64: unknown): Buffer | null | undefined {
    if (base64 === null || base64 === undefined) return null
    if (typeof base64 !== 'string') return undefined
    const start = this.#used
    const length = this.#bytes.write(base64, start, 'base64')
    if (length !== decodedLength(base64)) return undefined
    this.#used += length
    return this.#bytes.subarray(start, this.#used)
  }
}

/** No base64 text stands for more bytes than this. */
function longest(base64: unknown): number {
  return typeof base64 === 'string' ? Math.ceil((base64.length * 3) / 4) : 0
}

/** Bytes that a base64 text of this length stands for, with or without its padding (RFC 4648); −1 for no such length. */
function decodedLength(base64: string): number {
  const { length } = base64
  const padding = base64[length - 1] !== '=' ? 0 : base64[length - 2] !== '=' ? 1 : 2
  const characters = length - padding
  return characters % 4 === 1 ? -1 : Math.floor((characters * 3) / 4)
}
