import type { OutgoingRecord } from '../../record.ts'
import { ATTRIBUTES_BYTES, BATCH_HEADER_BYTES, contentBytes } from './record-batch.ts'
import { varintBytes } from './varint.ts'

/** Maximum sizes of a record's timestamp and offset deltas. Source: Apache Kafka, `DefaultRecord`. */
const MAX_TIMESTAMP_DELTA_BYTES = 10
const MAX_OFFSET_DELTA_BYTES = 5

/** A record with its index in the argument of `send`. */
export interface IndexedRecord {
  index: number
  record: OutgoingRecord
}

/**
 * Whether a record alone is within its topic's limit, even without compression.
 *
 * @param maxBytes `max.message.bytes` of the topic, which the broker applies to a whole record batch as it was sent
 */
export function fits(record: OutgoingRecord, maxBytes: number): boolean {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + varintBytes(0) + varintBytes(0)
  return BATCH_HEADER_BYTES + varintBytes(body) + body <= maxBytes
}

/**
 * The room of one request, measured before compression, so that every request is within the limit whatever the compression
 * makes of it. A record that is only small enough compressed has a request of its own.
 */
export class RequestRoom {
  #left: number
  #isEmpty = true

  /** @param maxBytes `max.message.bytes` of the topic */
  constructor(maxBytes: number) {
    this.#left = maxBytes - BATCH_HEADER_BYTES
  }

  /** Takes the leading records for which there is room, at least one if it has none yet. Returns how many. */
  take(records: readonly IndexedRecord[], from: number): number {
    let next = from
    for (; next < records.length; next++) {
      const bytes = mostBytes((records[next] as IndexedRecord).record)
      if (bytes > this.#left && !this.#isEmpty) break
      this.#left -= bytes
      this.#isEmpty = false
    }
    return next - from
  }
}

/** Maximum size of a record in bytes, whatever its offset and timestamp in a batch. */
function mostBytes(record: OutgoingRecord): number {
  const body = contentBytes(record) + ATTRIBUTES_BYTES + MAX_TIMESTAMP_DELTA_BYTES + MAX_OFFSET_DELTA_BYTES
  return varintBytes(body) + body
}
