import { CodedError } from '../../error.ts'
import type { OutgoingRecord } from '../../record.ts'
import { ATTRIBUTES_BYTES, BATCH_HEADER_BYTES, contentBytes } from './record-batch.ts'
import { varintBytes } from './varint.ts'

/** What a record's differences of time and offset take at most. Source: Apache Kafka, `DefaultRecord`. */
const MAX_TIMESTAMP_DELTA_BYTES = 10
const MAX_OFFSET_DELTA_BYTES = 5

/** A record of a `send` is larger than its topic allows, alone and before compression. */
export class RecordTooLargeError extends CodedError {
  /** The record's place among those that were to be sent. */
  readonly index: number

  constructor(place: { topic: string; partition?: number; index: number }, message: string, cause?: unknown) {
    const { topic, partition, index } = place
    super('KAFKA_RECORD_TOO_LARGE', message, { topic, partition, cause })
    this.index = index
  }
}

/** A record with its place among those that are sent together. */
export interface IndexedRecord {
  index: number
  record: OutgoingRecord
}

/**
 * Whether a record alone is within the limit of its topic. It is counted as it is before compression, as Java's producer
 * counts for its `max.request.size`.
 *
 * @param maxBytes `max.message.bytes` of the topic, which the broker holds against a whole record batch
 */
export function fits(record: OutgoingRecord, maxBytes: number): boolean {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + varintBytes(0) + varintBytes(0)
  return BATCH_HEADER_BYTES + varintBytes(body) + body <= maxBytes
}

/** The records in order, cut into requests within the limit. Each is expected to fit alone. */
export function requestsOf(records: IndexedRecord[], maxBytes: number): IndexedRecord[][] {
  const requests: IndexedRecord[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const indexed of records) {
    const most = mostBytes(indexed.record)
    if (bytes + most > maxBytes) {
      requests.push([])
      bytes = BATCH_HEADER_BYTES
    }
    requests.at(-1)?.push(indexed)
    bytes += most
  }
  return requests
}

/** What a record takes at most, whatever its place and time in a batch. */
function mostBytes(record: OutgoingRecord): number {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + MAX_TIMESTAMP_DELTA_BYTES + MAX_OFFSET_DELTA_BYTES
  return varintBytes(body) + body
}
