import type { RecordBatch } from '../batch.ts'
import { CodedError } from '../error.ts'
import { PartitionMap } from '../partition-map.ts'
import type { KafkaRecord, RecordHeader, TopicPartition } from '../record.ts'
import { asItCame } from './fields.ts'

/** A record as an adapter reads it; a field is undefined when the event holds something invalid in its place. */
export interface ReadRecord extends Pick<KafkaRecord, 'eventTime' | 'valueSchemaId'> {
  topic: string | undefined
  partition: number | undefined
  offset: number | undefined
  timestamp: number | undefined
  key: Buffer | null | undefined
  value: Buffer | null | undefined
  headers: readonly RecordHeader[] | undefined
  /** The platform says that it has left out key or value, because they are larger than a request may be. */
  isLeftOut?: true
}

/** A record's key and value as the event holds them. */
interface Original {
  key?: unknown
  value?: unknown
}

/** As much of a record's place as its event tells. */
type KnownPlace = Pick<ReadRecord, 'topic' | 'partition'>

/** What stands for a part of a record's place that its event doesn't tell. No topic of Kafka has an empty name. */
const UNKNOWN: TopicPartition = { topic: '', partition: -1 }

const NOTHING_TOLD: KnownPlace = { topic: undefined, partition: undefined }

/** Collects the records of an event into batches, one per topic-partition, in the order of the event. */
export class Batches {
  readonly #batches = new PartitionMap<RecordBatch>()
  /** Whether any record names its topic-partition, and whether any doesn't. */
  #placed = false
  #unplaced = false

  /** The batch of a topic-partition, created on first use. */
  of({ topic, partition }: KnownPlace): RecordBatch {
    if (topic === undefined || partition === undefined) this.#unplaced = true
    else this.#placed = true
    const place = { topic: topic ?? UNKNOWN.topic, partition: partition ?? UNKNOWN.partition }
    return this.#batches.getOrCreate(place, () => ({ ...place, records: [], abnormal: [] }))
  }

  /** Adds a record to the batch of its topic-partition: see {@link addRecord}. */
  add(record: ReadRecord, original: Original, encoding: string): void {
    addRecord(this.of(record), record, original, encoding)
  }

  /** Adds an element of the event that is no record at all; its text becomes the value of abnormal data. */
  addMalformed(element: unknown, place = NOTHING_TOLD): void {
    addAbnormal(this.of(place), { ...NO_RECORD, ...place }, { value: element }, ['it is not a record'])
  }

  /**
   * Every batch. Records that don't name their topic-partition are abnormal data, in a batch with what is known of it.
   *
   * @throws CodedError `EVENT_UNKNOWN` when no record names its topic-partition: the event is not what it seems to be
   */
  all(): RecordBatch[] {
    if (this.#placed || !this.#unplaced) return [...this.#batches.values()]
    throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: no record in it has a topic and partition.')
  }
}

const NO_RECORD: ReadRecord = {
  ...NOTHING_TOLD,
  offset: undefined,
  timestamp: -1,
  key: null,
  value: undefined,
  headers: [],
}

/**
 * Adds a record to its batch: to the records, or to the abnormal ones when a field could not be read.
 *
 * @param original key and value as the event holds them, for the abnormal-data topic
 * @param encoding the expected encoding of key and value, such as `base64`, for the error's message
 */
export function addRecord(batch: RecordBatch, record: ReadRecord, original: Original, encoding: string): void {
  if (isWhole(record)) batch.records.push(record)
  else addAbnormal(batch, record, original, faultsOf(record, encoding))
}

function isWhole(record: ReadRecord): record is KafkaRecord {
  const { topic, partition, offset, timestamp, key, value, headers, isLeftOut } = record
  return (
    !isLeftOut &&
    offset !== undefined &&
    timestamp !== undefined &&
    key !== undefined &&
    value !== undefined &&
    headers !== undefined &&
    topic !== undefined &&
    partition !== undefined
  )
}

function faultsOf({ topic, partition, offset, timestamp, key, value, headers }: ReadRecord, encoding: string) {
  return [
    topic === undefined && 'it names no topic',
    partition === undefined && 'its partition is not a number of a partition',
    offset === undefined && 'its offset is not a whole number',
    timestamp === undefined && 'its timestamp is not a time, or too large to be exact',
    key === undefined && `its key is not ${encoding}`,
    value === undefined && `its value is not ${encoding}`,
    headers === undefined && 'its headers are not a list of names and bytes',
  ].filter(fault => fault !== false)
}

function addAbnormal(batch: RecordBatch, read: ReadRecord, original: Original, faults: string[]): void {
  const { topic, partition } = batch
  const { isLeftOut, ...told } = read
  const { offset = -1, timestamp = -1, key, value, headers = [] } = told
  const record = {
    ...told,
    ...{ topic, partition, offset, timestamp, headers },
    key: key === undefined ? asItCame(original.key) : key,
    value: value === undefined ? asItCame(original.value) : value,
  }
  const message = isLeftOut
    ? 'The platform has left out the record’s content, because it is larger than a request may be. Only Kafka has it.'
    : `The record can't be decoded: ${faults.join(', ')}.`
  const code = isLeftOut ? 'RECORD_LEFT_OUT' : 'RECORD_UNDECODABLE'
  const error = new CodedError(code, message, { topic, partition, offset })
  batch.abnormal.push({ record, error, position: batch.records.length })
}
