import type { RecordsBatch } from '@platformatic/kafka'
import type { KafkaSettings } from '../client/settings.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { UnknownTopicError } from '../error.ts'
import { EARLIEST, LATEST, READ_UNCOMMITTED } from '../protocol.ts'
import { createReader, fetchBatches, type Reader } from './reader.ts'

/** A record of a topic that is read as a whole. */
export interface LogRecord {
  key: Buffer | null
  value: Buffer | null
}

export interface LogPart {
  /** In the order in which they were decided: written, or committed. None of an aborted transaction. */
  records: LogRecord[]
  /** Where the next part begins. While a transaction is open it is before that, and the next part repeats what follows. */
  next: number
  /** Another topic has the name now: its id is another one, or it ends before the part was to begin. This is all of it. */
  restarted: boolean
}

/**
 * Reads the one partition of a topic from some offset to its present end, without a consumer group.
 *
 * Transactions are decided here, from their markers. Kafka's own `read_committed` stops before the first one that is open:
 * where many producers share a topic, each would wait for a stranger's, up to a minute for one that was killed.
 */
export interface TopicLog {
  /**
   * @param from the `next` of the part before, 0 for the beginning
   * @throws UnknownTopicError
   * @throws CodedError `KAFKA_UNAVAILABLE`, `KAFKA_ACCESS_DENIED`, `KAFKA_REJECTED`
   */
  read(topic: string, from: number): Promise<LogPart>
  close(): Promise<void>
}

/** Bits of a record batch's attributes, and what a control record's key says. Source: Apache Kafka, "Message format". */
const TRANSACTIONAL_BATCH = 0x10
const CONTROL_BATCH = 0x20
const CONTROL_TYPE_AT = 2
const COMMIT = 1

export function createTopicLog(connection: KafkaSettings, clientId: string): TopicLog {
  const { ask, close } = createReader(connection, clientId)
  /** The id that a topic had when it was last looked for, undefined when it wasn't there. */
  const ids = new Map<string, string | undefined>()

  async function readNow(reader: Reader, topic: string, from: number): Promise<LogPart> {
    const id = (await topicMetadata(reader, topic, true))?.id
    if (id === undefined) {
      ids.set(topic, undefined)
      throw new UnknownTopicError(topic, `The topic ${topic} does not exist.`, false)
    }
    const part = await readPart(reader, topic, from, ids.has(topic) && ids.get(topic) !== id)
    ids.set(topic, id)
    return part
  }

  return {
    read: (topic, from) => ask(`read the topic ${topic}`, reader => readNow(reader, topic, from)),
    close,
  }
}

/** What a part has so far. */
interface Reading {
  records: LogRecord[]
  /** Of the transactions that no marker has ended yet, by producer. */
  open: Map<bigint, { first: number; records: LogRecord[] }>
  next: number
}

async function readPart(reader: Reader, topic: string, from: number, another: boolean): Promise<LogPart> {
  const [start, end] = await Promise.all([endOf(reader, topic, EARLIEST), endOf(reader, topic, LATEST)])
  const restarted = another || from > end
  const reading: Reading = { records: [], open: new Map(), next: restarted ? start : Math.max(from, start) }
  while (reading.next < end) {
    const place = { topic, partition: 0, offset: reading.next }
    for (const batch of await fetchBatches(reader, place, READ_UNCOMMITTED)) take(batch, reading)
  }
  const undecided = [...reading.open.values()].map(({ first }) => first)
  return { records: reading.records, next: Math.min(reading.next, ...undecided), restarted }
}

async function endOf(reader: Reader, topic: string, timestamp: bigint): Promise<number> {
  const offsets = await reader.listOffsets({ topics: [topic], timestamp, isolationLevel: READ_UNCOMMITTED })
  return Number(offsets.get(topic)?.[0] ?? 0)
}

/** The offset moves on even where there are no records: markers have one, and compaction leaves gaps. */
function take({ firstOffset, lastOffsetDelta, attributes, producerId, records }: RecordsBatch, reading: Reading): void {
  const [first, from] = [Number(firstOffset), reading.next]
  reading.next = Math.max(from, first + lastOffsetDelta + 1)
  const open = reading.open.get(producerId)
  if (attributes & CONTROL_BATCH) {
    if (records[0]?.key?.readInt16BE(CONTROL_TYPE_AT) === COMMIT) reading.records.push(...(open?.records ?? []))
    reading.open.delete(producerId)
    return
  }
  const wanted = records.filter(({ offsetDelta }) => first + offsetDelta >= from)
  const taken = wanted.map(({ key, value }) => ({ key, value }))
  if (!(attributes & TRANSACTIONAL_BATCH)) reading.records.push(...taken)
  else if (open) open.records.push(...taken)
  else reading.open.set(producerId, { first: Math.max(first, from), records: taken })
}
