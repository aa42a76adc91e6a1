import type { Consumer, RecordsBatch } from '@platformatic/kafka'
import { createSession, type Session } from '../client/session.ts'
import type { KafkaSettings } from '../client/settings.ts'

/** Reads partitions from where it is told to, without a consumer group. */
export type Reader = Consumer<Buffer, Buffer, Buffer, Buffer>

export function createReader(connection: KafkaSettings, clientId: string): Session<Reader> {
  // It must have a group, but never joins it.
  return createSession(connection, clientId, ({ Consumer }, options) => new Consumer({ ...options, groupId: clientId }))
}

const FETCH_BYTES = 8 * 1024 * 1024
/** How long a broker may hold back its answer when there is nothing to read. */
const FETCH_WAIT_MS = 1_500
const UNKNOWN_EPOCH = -1

/** The next record batches of a partition. The first one may begin before the offset. */
export async function fetchBatches(
  reader: Reader,
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
  isolationLevel: number,
): Promise<RecordsBatch[]> {
  const metadata = (await reader.metadata({ topics: [topic] })).topics.get(topic)
  const topicId = metadata?.id ?? ''
  // Kafka before 3.1 is asked by the topic's name, which the client finds for topics only that it was told of.
  if (!reader.topics.has(topic)) reader.topics.track(topic)
  const place = {
    partition,
    currentLeaderEpoch: UNKNOWN_EPOCH,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: UNKNOWN_EPOCH,
    partitionMaxBytes: FETCH_BYTES,
  }
  const { responses } = await reader.fetch({
    node: metadata?.partitions[partition]?.leader ?? 0,
    topics: [{ topicId, partitions: [place] }],
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    maxWaitTime: FETCH_WAIT_MS,
    isolationLevel,
  })
  return responses.find(response => response.topicId === topicId)?.partitions[0]?.records ?? []
}
