import type { RecordsBatch } from '@platformatic/kafka'
import type { KafkaSettings } from '../client/settings.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { UnknownTopicError } from '../error.ts'
import { CONTROL_BATCH, CONTROL_TYPE_AT, EARLIEST, LATEST, READ_UNCOMMITTED, TRANSACTIONAL_BATCH } from '../protocol.ts'
import { createReader, fetchBatches, type Reader } from './reader.ts'

/** A record of a topic that is read completely. */
export interface LogRecord {
  key: Buffer | null
  value: Buffer | null
}

/** Takes the records of a part while it is read, so that no more than one fetch is in memory. */
export interface LogTaker {
  /**
   * The topic was replaced by another one of the same name: its id has changed, or it ends before the part's beginning.
   * Called before the first record; the part then begins at the new topic's start.
   */
  restart(): void
  /**
   * Takes records in the order in which they took effect: by being written or committed. Those of aborted transactions are
   * left out. When a login is renewed in the middle of a part, the part's records come again.
   */
  take(record: LogRecord): void
}

/**
 * Reads a topic's only partition from a given offset to its current end, without a consumer group.
 *
 * It evaluates the transaction markers itself. Kafka's `read_committed` stops before the first open transaction: producers
 * that share a topic would wait for each other's transactions, up to a minute if one of them was killed.
 */
export interface TopicLog {
  /**
   * @param from what the read of the previous part returned, 0 for the beginning
   * @returns the offset of the next part. While a transaction is open, this is its first offset, so the next part repeats
   * records
   * @throws UnknownTopicError
   * @throws CodedError `KAFKA_UNAVAILABLE`, `KAFKA_ACCESS_DENIED`, `KAFKA_REJECTED`; some records may have been taken
   */
  read(topic: string, from: number, taker: LogTaker): Promise<number>
  close(): Promise<void>
}

/** What a control record's key says of a transaction that was committed. Source: Apache Kafka, "Message format". */
const COMMIT = 1

export function createTopicLog(connection: KafkaSettings, clientId: string): TopicLog {
  const { ask, close } = createReader(connection, clientId)
  /** The id of each topic at its last read; undefined if the topic did not exist. */
  const ids = new Map<string, string | undefined>()

  async function readNow(reader: Reader, topic: string, from: number, taker: LogTaker): Promise<number> {
    const id = (await topicMetadata(reader, topic, true))?.id
    if (id === undefined) {
      ids.set(topic, undefined)
      throw new UnknownTopicError(topic, `The topic ${topic} does not exist.`, false)
    }
    const next = await readPart(reader, topic, { from, another: ids.has(topic) && ids.get(topic) !== id, taker })
    ids.set(topic, id)
    return next
  }

  return {
    read: (topic, from, taker) => ask(`read the topic ${topic}`, reader => readNow(reader, topic, from, taker)),
    close,
  }
}

/** The state of reading one part. */
interface Reading {
  taker: LogTaker
  /** Transactions without an end marker so far, by producer id. */
  open: Map<bigint, { first: number; records: LogRecord[] }>
  next: number
}

async function readPart(
  reader: Reader,
  topic: string,
  { from, another, taker }: { from: number; another: boolean; taker: LogTaker },
): Promise<number> {
  const [start, end] = await Promise.all([endOf(reader, topic, EARLIEST), endOf(reader, topic, LATEST)])
  const restarted = another || from > end
  if (restarted) taker.restart()
  const reading: Reading = { taker, open: new Map(), next: restarted ? start : Math.max(from, start) }
  while (reading.next < end) {
    const place = { topic, partition: 0, offset: reading.next }
    for (const batch of await fetchBatches(reader, place, READ_UNCOMMITTED)) take(batch, reading)
  }
  return reading.open.values().reduce((next, { first }) => Math.min(next, first), reading.next)
}

async function endOf(reader: Reader, topic: string, timestamp: bigint): Promise<number> {
  const offsets = await reader.listOffsets({ topics: [topic], timestamp, isolationLevel: READ_UNCOMMITTED })
  return Number(offsets.get(topic)?.[0] ?? 0)
}

/** Advances the offset even without records: markers take up offsets, and compaction leaves gaps. */
function take({ firstOffset, lastOffsetDelta, attributes, producerId, records }: RecordsBatch, reading: Reading): void {
  const [first, from] = [Number(firstOffset), reading.next]
  reading.next = Math.max(from, first + lastOffsetDelta + 1)
  const open = reading.open.get(producerId)
  if (attributes & CONTROL_BATCH) {
    if (records[0]?.key?.readInt16BE(CONTROL_TYPE_AT) === COMMIT) {
      for (const record of open?.records ?? []) reading.taker.take(record)
    }
    reading.open.delete(producerId)
    return
  }
  for (const { offsetDelta, key, value } of records) {
    if (first + offsetDelta < from) continue
    const pending = reading.open.get(producerId)
    if (!(attributes & TRANSACTIONAL_BATCH)) reading.taker.take({ key, value })
    else if (pending) pending.records.push({ key, value })
    else reading.open.set(producerId, { first: Math.max(first, from), records: [{ key, value }] })
  }
}
