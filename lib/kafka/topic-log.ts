import type { Consumer } from '@platformatic/kafka'
import { type KafkaConnection, platformaticConfig } from './connection.ts'
import { kafkaError } from './error.ts'

/** A record of a topic that is read as a whole. */
export interface LogRecord {
  key: Buffer | null
  value: Buffer | null
}

export interface LogPart {
  /** In the order of their offsets; none of an aborted transaction. */
  records: LogRecord[]
  /** Where the next part begins. */
  next: number
  /** The log doesn't reach up to where the part was to begin: another topic has the name now. This is all of it. */
  restarted: boolean
}

/** Reads the one partition of a topic from some offset to its present end, without a consumer group. */
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
const READ_COMMITTED = 1
/** Bit of a record batch's attributes. Source: Apache Kafka, "Message format". */
const CONTROL_BATCH = 0x20
const UNKNOWN_EPOCH = -1

export function createTopicLog(connection: KafkaConnection, clientId: string): TopicLog {
  let client: Client | undefined

  async function close() {
    const closing = client
    client = undefined
    await closing?.close(true)
  }

  return {
    async read(topic, from) {
      client ??= await connect(connection, clientId)
      try {
        return await readPart(client, topic, from)
      } catch (error) {
        // A new connection finds brokers that were moved or restarted.
        await close().catch(() => {})
        throw kafkaError(error, `read the topic ${topic}`)
      }
    },
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

async function readPart(client: Client, topic: string, from: number): Promise<LogPart> {
  const [start, end] = await Promise.all([endOf(client, topic, EARLIEST), endOf(client, topic, LATEST)])
  const restarted = from > end
  let next = restarted ? start : Math.max(from, start)
  const records: LogRecord[] = []
  while (next < end) next = await fetchInto(records, client, topic, next)
  return { records, next, restarted }
}

async function endOf(client: Client, topic: string, timestamp: bigint): Promise<number> {
  const offsets = await client.listOffsets({ topics: [topic], timestamp, isolationLevel: READ_COMMITTED })
  return Number(offsets.get(topic)?.[0] ?? 0)
}

/** @returns the offset after what was read, which is further on even where there are no records */
async function fetchInto(records: LogRecord[], client: Client, topic: string, from: number): Promise<number> {
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
    isolationLevel: READ_COMMITTED,
  })
  let next = from
  for (const batch of responses[0]?.partitions[0]?.records ?? []) {
    const first = Number(batch.firstOffset)
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
    if (batch.attributes & CONTROL_BATCH) continue
    for (const { offsetDelta, key, value } of batch.records) {
      if (first + offsetDelta >= from) records.push({ key, value })
    }
  }
  return next
}
