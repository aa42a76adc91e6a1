import type { Connection, fetchV17, listOffsetsV9 } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import type { KafkaRecord, TopicPartition } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import { apiOf, type Client } from '../client/client.ts'
import { type ClusterClient, createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { protocolErrorsOf } from '../error.ts'
import { EARLIEST, LATEST, READ_COMMITTED } from '../protocol.ts'
import { committedRecords, type FetchedBatches } from './committed-records.ts'
import { readAllFrames } from './zstd-batches.ts'

/** Where a partition begins, and the offset behind what readers of committed records may see of it. */
export interface PartitionBounds {
  start: number
  end: number
}

/** Offsets of a topic-partition: the first one, and the one behind the last. */
export interface PartitionRange extends TopicPartition {
  from: number
  end: number
}

/** Reads committed records of given offsets, without a consumer group. Its methods throw CodedErrors. */
export interface PartitionRecords {
  /**
   * The bounds of all partitions; empty if the topic does not exist.
   *
   * @param since in milliseconds since the epoch: partitions then begin with their first record of this time or a later one
   */
  bounds(topic: string, since?: number): Promise<Map<number, PartitionBounds>>
  /**
   * The committed records of the range in order, some at a time, at most a fetch. Several ranges may be read at once.
   *
   * Offsets that retention or compaction has removed are passed over, also when that happens in the middle. Ends earlier where
   * a transaction is open, whose records nobody may see yet. Keys and values refer to the bytes of their fetch: who keeps a few
   * records for long copies them.
   *
   * @param bytes of a fetch, compressed; fewer where only a few records are wanted. A larger batch comes whole.
   * @throws CodedError `KAFKA_REJECTED` when the topic does not exist, or is deleted and created again in the middle
   * @throws CodedError `KAFKA_UNAVAILABLE` when all attempts have failed
   */
  read(range: PartitionRange, signal?: AbortSignal, bytes?: number): AsyncIterable<KafkaRecord[]>
  /**
   * The first committed record of the range; undefined when there is none that may be seen. Fetches one batch, as small as the
   * producer made it, so that many partitions can be looked at. Throws as `read` does.
   */
  first(range: PartitionRange): Promise<KafkaRecord | undefined>
  close(): Promise<void>
}

/** Compressed, so records take some times as much memory. A larger batch comes whole. */
const FETCH_BYTES = 2 * 1024 * 1024
/** A broker sends the first batch whole, however large it is. Source: Apache Kafka, KIP-74. */
const ONE_BATCH = 1
/** How long a broker may delay its response while there is nothing to read. */
const FETCH_WAIT_MS = 500
/** How long one request is tried by default, so that a restarting broker or a moved leader doesn't end a reading of hours. */
const REQUEST_MS = 60_000
/**
 * A range ends after so many answers without anything: compaction may have removed all that follows. A leader that is just
 * elected may give one such answer for a moment.
 */
const EMPTY_ANSWERS = 3

/** Of requests. Source: Apache Kafka, protocol guide, "Fetch" and "ListOffsets"; KIP-227 for a fetch without a session. */
const CONSUMER = -1
const UNKNOWN_EPOCH = -1
const NO_SESSION = 0
const FINAL_EPOCH = -1
const ANY_RACK = ''
/** The answer when no record is as late as the time that was asked for. */
const NO_OFFSET = -1
/** From this version on, a fetch names topics by their ids. Source: Apache Kafka, KIP-516. */
const TOPIC_IDS = 13

type FetchParameters = [
  ...[maxWait: number, minBytes: number, maxBytes: number, isolation: number, session: number, epoch: number],
  ...[topics: fetchV17.FetchRequestTopic[], forgotten: [], rack: string],
]

/** @param patienceMs how long one request is tried; less where a person waits for it */
export function createPartitionRecords(
  connection: KafkaSettings,
  clientId: string,
  patienceMs = REQUEST_MS,
): PartitionRecords {
  const cluster = createClusterClient(connection, clientId)
  const ask = <T>(what: string, use: (client: Client) => Promise<T>) =>
    retryUntil(Date.now() + patienceMs, signal => cluster.attempt(what, signal, use))
  async function* read(
    range: PartitionRange,
    signal?: AbortSignal,
    bytes = FETCH_BYTES,
  ): AsyncGenerator<KafkaRecord[]> {
    const { topic, partition, end } = range
    let id: string | undefined
    let empty = 0
    for (let next = range.from; next < end && empty < EMPTY_ANSWERS; ) {
      signal?.throwIfAborted()
      const fetched = await ask(`read ${topic}-${partition}`, async client => {
        id = await sameTopic(cluster, client, topic, id)
        return await fetchFrom(cluster, client, { topic, id, partition, offset: next }, bytes)
      })
      const found = committedRecords(range, fetched.from, fetched)
      empty = found.next === next ? empty + 1 : 0
      next = found.next
      const records = found.records.filter(({ offset }) => offset < end)
      if (records.length > 0) yield records
    }
  }

  return {
    bounds: (topic, since) => ask(`ask for the bounds of ${topic}`, client => boundsOf(cluster, client, topic, since)),
    read,
    async first(range) {
      for await (const [record] of read(range, undefined, ONE_BATCH)) return record
      return undefined
    },
    close: () => cluster.close(),
  }
}

/** The topic's id. What was read of one topic must not be continued with another one of the same name. */
async function sameTopic(cluster: ClusterClient, client: Client, topic: string, known?: string): Promise<string> {
  const { id } = await cluster.topic(client, topic)
  if (known === undefined || known === id) return id
  throw new CodedError('KAFKA_REJECTED', `The topic ${topic} was deleted and created again while it was read.`, {
    topic,
  })
}

interface FetchPlace extends TopicPartition {
  id: string
  offset: number
}

/** A fetch outside of sessions: a session allows one request at a time. */
async function fetchFrom(
  cluster: ClusterClient,
  client: Client,
  place: FetchPlace,
  bytes: number,
): Promise<FetchedBatches & { from: number }> {
  readAllFrames(client.library)
  const { topic, id, partition, offset } = place
  const api = await apiOf<FetchParameters, fetchV17.FetchResponse>(client, 'Fetch')
  const leader = await cluster.leader(client, topic, partition)
  const part = {
    ...{ partition, fetchOffset: BigInt(offset), partitionMaxBytes: bytes },
    ...{ currentLeaderEpoch: UNKNOWN_EPOCH, lastFetchedEpoch: UNKNOWN_EPOCH },
  }
  const topics = [{ topicId: api.version < TOPIC_IDS ? topic : id, partitions: [part] }]
  const limits = [FETCH_WAIT_MS, 1, bytes, READ_COMMITTED] as const
  try {
    const { responses } = await api.async(leader, ...limits, NO_SESSION, FINAL_EPOCH, topics, [], ANY_RACK)
    const { records, abortedTransactions } = responses[0]?.partitions[0] ?? {}
    return { from: offset, batches: records ?? [], aborted: abortedTransactions ?? [] }
  } catch (error) {
    if (!protocolErrorsOf(error).includes('OFFSET_OUT_OF_RANGE')) throw error
    return { from: await startBehind(cluster, client, place), batches: [], aborted: [] }
  }
}

/** Where a partition begins whose earlier offsets were deleted. */
async function startBehind(cluster: ClusterClient, client: Client, place: FetchPlace): Promise<number> {
  const { topic, partition, offset } = place
  const leader = await cluster.leader(client, topic, partition)
  const start = (await listOffsets(client, leader, { topic, partitions: [partition], timestamp: EARLIEST })).get(
    partition,
  )
  if (start !== undefined && start > offset) return start
  const message = `Partition ${partition} of the topic ${topic} ends before offset ${offset}. Was the topic created again?`
  throw new CodedError('KAFKA_REJECTED', message, { topic, partition, offset })
}

async function boundsOf(
  cluster: ClusterClient,
  client: Client,
  topic: string,
  since?: number,
): Promise<Map<number, PartitionBounds>> {
  const metadata = await topicMetadata(client.base, topic, true)
  const partitions = Array.from({ length: metadata?.partitionsCount ?? 0 }, (_, partition) => partition)
  const leaders = await Promise.all(partitions.map(partition => cluster.leader(client, topic, partition)))
  const byLeader = Map.groupBy(partitions, partition => leaders[partition] as Connection)
  const bounds = new Map<number, PartitionBounds>()
  await Promise.all(
    Array.from(byLeader, async ([leader, some]) => {
      const [starts, ends] = await Promise.all(
        [since === undefined ? EARLIEST : BigInt(since), LATEST].map(timestamp =>
          listOffsets(client, leader, { topic, partitions: some, timestamp }),
        ),
      )
      for (const partition of some) {
        const [start, end = 0] = [starts?.get(partition), ends?.get(partition)]
        bounds.set(partition, { start: start === undefined || start === NO_OFFSET ? end : Math.min(start, end), end })
      }
    }),
  )
  return new Map([...bounds].toSorted(([one], [other]) => one - other))
}

async function listOffsets(
  client: Client,
  leader: Connection,
  { topic, partitions, timestamp }: { topic: string; partitions: number[]; timestamp: bigint },
): Promise<Map<number, number>> {
  type Parameters = [replica: number, isolation: number, topics: listOffsetsV9.ListOffsetsRequestTopic[]]
  const api = await apiOf<Parameters, listOffsetsV9.ListOffsetsResponse>(client, 'ListOffsets')
  const parts = partitions.map(partitionIndex => ({ partitionIndex, currentLeaderEpoch: UNKNOWN_EPOCH, timestamp }))
  const { topics } = await api.async(leader, CONSUMER, READ_COMMITTED, [{ name: topic, partitions: parts }])
  return new Map(topics[0]?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
}
