import type { Consumer, RecordsBatch } from '@platformatic/kafka'
import { createSession, type Session } from '../client/session.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { readAllFrames } from './zstd-batches.ts'

/** Reads partitions from given offsets, without a consumer group. */
export type Reader = Consumer<Buffer, Buffer, Buffer, Buffer>

export function createReader(connection: KafkaSettings, clientId: string): Session<Reader> {
  // The library requires a group id, but the reader never joins the group.
  return createSession(connection, clientId, (library, options) => {
    readAllFrames(library)
    return new library.Consumer({ ...options, groupId: clientId })
  })
}

const FETCH_BYTES = 8 * 1024 * 1024
/** How long a broker may delay its response while there is nothing to read. */
const FETCH_WAIT_MS = 1_500
const UNKNOWN_EPOCH = -1

/** Fetches the next record batches of a partition. The first one may begin before the offset. */
export async function fetchBatches(
  reader: Reader,
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
  isolationLevel: number,
): Promise<RecordsBatch[]> {
  const metadata = (await reader.metadata({ topics: [topic] })).topics.get(topic)
  const topicId = metadata?.id ?? ''
  // Kafka before 3.1 needs the topic's name instead of its id, and the client resolves names of tracked topics only.
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
