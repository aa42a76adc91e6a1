import type { RecordBatch } from '../batch.ts'
import { CodedError } from '../error.ts'
import type { KafkaRecord, RecordHeader, TopicPartition } from '../record.ts'
import { asItCame, wholeNumber } from './fields.ts'

/** A record as an adapter reads it; a field is undefined when the event holds something invalid in its place. */
export interface ReadRecord extends Omit<KafkaRecord, 'offset' | 'key' | 'value' | 'headers'> {
  offset: number | undefined
  key: Buffer | null | undefined
  value: Buffer | null | undefined
  headers: readonly RecordHeader[] | undefined
}

/** A record's key and value as the event holds them. */
interface Original {
  key?: unknown
  value?: unknown
}

/** Collects the records of an event into batches, one per topic-partition, in the order of the event. */
export class Batches {
  readonly #batches = new Map<string, RecordBatch>()

  /** The batch of a topic-partition, created on first use. */
  of({ topic, partition }: TopicPartition): RecordBatch {
    const name = `${topic}-${partition}`
    const batch = this.#batches.get(name) ?? { topic, partition, records: [], abnormal: [] }
    this.#batches.set(name, batch)
    return batch
  }

  all(): RecordBatch[] {
    return [...this.#batches.values()]
  }
}

/**
 * The topic-partition that a record names.
 *
 * @throws CodedError `EVENT_UNKNOWN` when it names none: without it the record's batch is unknown
 */
export function topicPartitionOf(topic: unknown, partition: unknown): TopicPartition {
  const number = wholeNumber(partition)
  if (typeof topic === 'string' && topic !== '' && number !== undefined) return { topic, partition: number }
  throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: a record has no topic and partition.')
}

/**
 * Adds a record to its batch: to the records, or to the abnormal ones when a field could not be read.
 *
 * @param original key and value as the event holds them, for the abnormal-data topic
 * @param encoding the expected encoding of key and value, such as `base64`, for the error's message
 */
export function addRecord(batch: RecordBatch, record: ReadRecord, original: Original, encoding: string): void {
  if (isWhole(record)) batch.records.push(record)
  else addAbnormal(batch, record, original, encoding)
}

function isWhole(record: ReadRecord): record is KafkaRecord {
  const { offset, key, value, headers } = record
  return offset !== undefined && key !== undefined && value !== undefined && headers !== undefined
}

function addAbnormal(batch: RecordBatch, read: ReadRecord, original: Original, encoding: string): void {
  const { offset = -1, key, value, headers } = read
  const faults = [
    read.offset === undefined && 'its offset is not a whole number',
    key === undefined && `its key is not ${encoding}`,
    value === undefined && `its value is not ${encoding}`,
    headers === undefined && 'its headers are not a list of names and bytes',
  ].filter(fault => fault !== false)
  const { topic, partition } = read
  const message = `The record can't be decoded: ${faults.join(', ')}.`
  const record = {
    ...read,
    offset,
    key: key === undefined ? asItCame(original.key) : key,
    value: value === undefined ? asItCame(original.value) : value,
    headers: headers ?? [],
  }
  const error = new CodedError('RECORD_UNDECODABLE', message, { topic, partition, offset })
  batch.abnormal.push({ record, error, position: batch.records.length })
}
