import type { Consumer, RecordsBatch } from '@platformatic/kafka'
import { Renewal } from '../secrets/renewal.ts'
import { type KafkaConnection, platformaticConfig } from './connection.ts'
import { kafkaError } from './error.ts'

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
  /** The log doesn't reach up to where the part was to begin: another topic has the name now. This is all of it. */
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
   * @throws CodedError `KAFKA_UNAVAILABLE`, `KAFKA_ACCESS_DENIED`, `KAFKA_REJECTED` as for a topic that isn't there
   */
  read(topic: string, from: number): Promise<LogPart>
  close(): Promise<void>
}

type Client = Consumer<Buffer, Buffer, Buffer, Buffer>

/** A broker that doesn't answer in this time is given up; the next pass asks anew. */
const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 15_000

const FETCH_BYTES = 8 * 1024 * 1024
const EARLIEST = -2n
const LATEST = -1n
const READ_UNCOMMITTED = 0
/** Bits of a record batch's attributes, and what a control record's key says. Source: Apache Kafka, "Message format". */
const TRANSACTIONAL_BATCH = 0x10
const CONTROL_BATCH = 0x20
const CONTROL_TYPE_AT = 2
const COMMIT = 1
const UNKNOWN_EPOCH = -1

export function createTopicLog(connection: KafkaConnection, clientId: string): TopicLog {
  const renewal = new Renewal(connection)
  let client: Client | undefined

  async function close() {
    const closing = client
    client = undefined
    await closing?.close(true)
  }

  async function readOnce(connection: KafkaConnection, topic: string, from: number): Promise<LogPart> {
    client ??= await connect(connection, clientId)
    try {
      return await readPart(client, topic, from)
    } catch (error) {
      // A new connection finds brokers that were moved or restarted.
      await close().catch(() => {})
      throw kafkaError(error, `read the topic ${topic}`)
    }
  }

  return {
    read: (topic, from) => renewal.run('KAFKA_ACCESS_DENIED', connection => readOnce(connection, topic, from)),
    close,
  }
}

async function connect(connection: KafkaConnection, clientId: string): Promise<Client> {
  const { Consumer } = await import('@platformatic/kafka')
  return new Consumer({
    clientId,
    // It must have one, but never joins it.
    groupId: clientId,
    ...platformaticConfig(connection),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: 1,
  })
}

/** What a part has so far. */
interface Reading {
  records: LogRecord[]
  /** Of the transactions that no marker has ended yet, by producer. */
  open: Map<bigint, { first: number; records: LogRecord[] }>
  next: number
}

async function readPart(client: Client, topic: string, from: number): Promise<LogPart> {
  const [start, end] = await Promise.all([endOf(client, topic, EARLIEST), endOf(client, topic, LATEST)])
  const restarted = from > end
  const reading: Reading = { records: [], open: new Map(), next: restarted ? start : Math.max(from, start) }
  while (reading.next < end) for (const batch of await fetch(client, topic, reading.next)) take(batch, reading)
  const undecided = [...reading.open.values()].map(({ first }) => first)
  return { records: reading.records, next: Math.min(reading.next, ...undecided), restarted }
}

async function endOf(client: Client, topic: string, timestamp: bigint): Promise<number> {
  const offsets = await client.listOffsets({ topics: [topic], timestamp, isolationLevel: READ_UNCOMMITTED })
  return Number(offsets.get(topic)?.[0] ?? 0)
}

async function fetch(client: Client, topic: string, from: number): Promise<RecordsBatch[]> {
  const metadata = (await client.metadata({ topics: [topic] })).topics.get(topic)
  const place = {
    partition: 0,
    currentLeaderEpoch: UNKNOWN_EPOCH,
    fetchOffset: BigInt(from),
    lastFetchedEpoch: UNKNOWN_EPOCH,
    partitionMaxBytes: FETCH_BYTES,
  }
  const { responses } = await client.fetch({
    node: metadata?.partitions[0]?.leader ?? 0,
    topics: [{ topicId: metadata?.id ?? '', partitions: [place] }],
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    maxWaitTime: REQUEST_TIMEOUT_MS / 10,
    isolationLevel: READ_UNCOMMITTED,
  })
  return responses[0]?.partitions[0]?.records ?? []
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
