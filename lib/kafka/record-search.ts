import type { Consumer } from '@platformatic/kafka'
import { type KafkaConnection, platformaticConfig } from './connection.ts'
import { kafkaError } from './error.ts'

/** Offsets by partition. */
export type Offsets = Record<number, number>

/** Where a record was found. */
export interface FoundRecord {
  partition: number
  offset: number
}

/** Looks for records by a header, without a consumer group. Methods throw CodedErrors. */
export interface RecordSearch {
  /** The offset after the last record of each partition; none for a topic that isn't there. */
  ends(topic: string): Promise<Offsets>
  /** The first record from these offsets on that has the header; partitions without one are read from the beginning. */
  find(topic: string, from: Offsets, header: { key: string; value: string }): Promise<FoundRecord | undefined>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 15_000
const FETCH_BYTES = 1024 * 1024
const FETCH_WAIT_MS = 100
const LATEST = -1n
const READ_COMMITTED = 1
const UNKNOWN_EPOCH = -1

type Client = Consumer<Buffer, Buffer, Buffer, Buffer>

export function createRecordSearch(connection: KafkaConnection, clientId: string): RecordSearch {
  let client: Client | undefined

  async function ask<T>(action: string, run: (client: Client) => Promise<T>): Promise<T> {
    client ??= await connect(connection, clientId)
    return await run(client).catch(error => {
      throw kafkaError(error, action)
    })
  }

  return {
    ends: topic => ask(`ask for the end of ${topic}`, client => endsOf(client, topic)),
    find: (topic, from, { key, value }) =>
      ask(`read the topic ${topic}`, async client => {
        const [name, wanted] = [Buffer.from(key), Buffer.from(value)]
        for (const [partition, end] of Object.entries(await endsOf(client, topic))) {
          const range = { topic, partition: Number(partition), from: from[Number(partition)] ?? 0, end }
          const offset = await findIn(client, range, headers =>
            headers.some(([key, value]) => key?.equals(name) && value?.equals(wanted)),
          )
          if (offset !== undefined) return { partition: Number(partition), offset }
        }
        return undefined
      }),
    async close() {
      await client?.close(true)
    },
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

async function endsOf(client: Client, topic: string): Promise<Offsets> {
  if (!(await topicOf(client, topic))) return {}
  const offsets = await client.listOffsets({ topics: [topic], timestamp: LATEST, isolationLevel: READ_COMMITTED })
  return Object.fromEntries((offsets.get(topic) ?? []).map((offset, partition) => [partition, Number(offset)]))
}

async function topicOf(client: Client, topic: string) {
  try {
    return (await client.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)
  } catch (error) {
    // The client has no other sign of a topic that it doesn't find.
    if ((error as Error).message.startsWith('Unknown topic')) return undefined
    throw error
  }
}

interface Range {
  topic: string
  partition: number
  from: number
  end: number
}

type Headers = [Buffer | null, Buffer | null][]

async function findIn(
  client: Client,
  { topic, partition, from, end }: Range,
  isWanted: (headers: Headers) => boolean,
): Promise<number | undefined> {
  const metadata = await topicOf(client, topic)
  for (let next = from; next < end; ) {
    const place = {
      partition,
      currentLeaderEpoch: UNKNOWN_EPOCH,
      fetchOffset: BigInt(next),
      lastFetchedEpoch: UNKNOWN_EPOCH,
      partitionMaxBytes: FETCH_BYTES,
    }
    const { responses } = await client.fetch({
      node: metadata?.partitions[partition]?.leader ?? 0,
      topics: [{ topicId: metadata?.id ?? '', partitions: [place] }],
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxWaitTime: FETCH_WAIT_MS,
      isolationLevel: READ_COMMITTED,
    })
    const batches = responses[0]?.partitions[0]?.records ?? []
    if (batches.length === 0) return undefined
    for (const { firstOffset, lastOffsetDelta, records } of batches) {
      const found = records.find(({ headers }) => isWanted(headers))
      if (found) return Number(firstOffset) + found.offsetDelta
      next = Math.max(next, Number(firstOffset) + lastOffsetDelta + 1)
    }
  }
  return undefined
}
