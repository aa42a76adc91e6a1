import { CodedError } from '../../error.ts'
import type { OutgoingRecord } from '../../record.ts'
import { ATTRIBUTES_BYTES, BATCH_HEADER_BYTES, contentBytes } from './record-batch.ts'
import { varintBytes } from './varint.ts'

/** Maximum sizes of a record's timestamp and offset deltas. Source: Apache Kafka, `DefaultRecord`. */
const MAX_TIMESTAMP_DELTA_BYTES = 10
const MAX_OFFSET_DELTA_BYTES = 5

/** A single record, before compression, is larger than its topic allows. */
export class RecordTooLargeError extends CodedError {
  /** The record's index in the argument of `send`. */
  readonly index: number

  constructor(place: { topic: string; partition?: number; index: number }, message: string, cause?: unknown) {
    const { topic, partition, index } = place
    super('KAFKA_RECORD_TOO_LARGE', message, { topic, partition, cause })
    this.index = index
  }
}

/** A record with its index in the argument of `send`. */
export interface IndexedRecord {
  index: number
  record: OutgoingRecord
}

/**
 * Whether a record alone is within its topic's limit. Measured before compression, as Java's producer does for its
 * `max.request.size`.
 *
 * @param maxBytes `max.message.bytes` of the topic, which the broker applies to a whole record batch
 */
export function fits(record: OutgoingRecord, maxBytes: number): boolean {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + varintBytes(0) + varintBytes(0)
  return BATCH_HEADER_BYTES + varintBytes(body) + body <= maxBytes
}

/** Splits records into requests within the limit, in order. Expects that each record fits alone. */
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

/** Maximum size of a record in bytes, whatever its offset and timestamp in a batch. */
function mostBytes(record: OutgoingRecord): number {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + MAX_TIMESTAMP_DELTA_BYTES + MAX_OFFSET_DELTA_BYTES
  return varintBytes(body) + body
}
