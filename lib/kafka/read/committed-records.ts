import type { fetchV17, RecordsBatch } from '@platformatic/kafka'
import type { KafkaRecord, RecordHeader, TopicPartition } from '../../record.ts'
import { CONTROL_BATCH, CONTROL_TYPE_AT, LOG_APPEND_TIME_BATCH, TRANSACTIONAL_BATCH } from '../protocol.ts'

export type AbortedTransaction = fetchV17.FetchResponsePartitionAbortedTransaction

/** What a control record's key says of a transaction that was aborted. Source: Apache Kafka, "Message format". */
const ABORT = 0

const NO_HEADERS: readonly RecordHeader[] = []

/** What one fetch of a partition has brought. */
export interface FetchedBatches {
  batches: readonly RecordsBatch[]
  /** Of the transactions that have records in these batches, those that were aborted. */
  aborted: readonly AbortedTransaction[]
}

/**
 * The committed records of a fetch from an offset on, and the offset of the next fetch, which also passes over markers of
 * transactions and what compaction has removed.
 *
 * A broker that is asked for committed records ends before the first open transaction, but sends those of aborted ones, with a
 * list of them. The library's own filter lets records of an aborted transaction through when its end is in a later fetch, so
 * this is the one of Java's consumer. Source: Apache Kafka, `org.apache.kafka.clients.consumer.internals.CompletedFetch`.
 */
export function committedRecords(
  place: TopicPartition,
  from: number,
  { batches, aborted }: FetchedBatches,
): { records: KafkaRecord[]; next: number } {
  const waiting = aborted.toSorted((one, other) => Number(one.firstOffset - other.firstOffset))
  /** Producers whose records are those of an aborted transaction, up to its marker. */
  const aborting = new Set<bigint>()
  const records: KafkaRecord[] = []
  let next = from
  for (const batch of batches) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta
    while (waiting[0] && Number(waiting[0].firstOffset) <= last) {
      aborting.add((waiting.shift() as AbortedTransaction).producerId)
    }
    if (batch.attributes & CONTROL_BATCH) {
      if (batch.records[0]?.key?.readInt16BE(CONTROL_TYPE_AT) === ABORT) aborting.delete(batch.producerId)
    } else if (!(batch.attributes & TRANSACTIONAL_BATCH && aborting.has(batch.producerId))) {
      take(place, from, batch, records)
    }
    next = Math.max(next, last + 1)
  }
  return { records, next }
}

/** Adds the batch's records from an offset on. Where the broker sets the time, the batch has it for all records. */
function take({ topic, partition }: TopicPartition, from: number, batch: RecordsBatch, records: KafkaRecord[]): void {
  const [first, base] = [Number(batch.firstOffset), Number(batch.firstTimestamp)]
  const appendTime = batch.attributes & LOG_APPEND_TIME_BATCH ? Number(batch.maxTimestamp) : undefined
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = first + offsetDelta
    if (offset < from) continue
    const timestamp = appendTime ?? base + Number(timestampDelta)
    records.push({ topic, partition, offset, timestamp, key, value, headers: namedHeaders(headers) })
  }
}

function namedHeaders(headers: RecordsBatch['records'][number]['headers']): readonly RecordHeader[] {
  if (headers.length === 0) return NO_HEADERS
  return headers.map(([name, value]) => ({ key: String(name), value }))
}
