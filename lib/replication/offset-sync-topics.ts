import type { ClusterAdmin } from '../kafka/admin.ts'

export type TopicCreator = Pick<ClusterAdmin, 'createTopic'>

/**
 * Compacted, as MirrorMaker 2 creates its own topics (Apache Kafka, connect/mirror, `MirrorUtils.createCompactedTopic`),
 * but in segments of 16 MiB instead of 1 GiB: the newest segment is never compacted, and a cold start reads it all.
 */
const SETTINGS = { 'cleanup.policy': 'compact', 'segment.bytes': String(16 * 1024 * 1024) }
const PARTITIONS = 1

/**
 * Creates topics that offsets and heartbeats are kept in, at the first call that succeeds: one partition, and the newest
 * record of each key kept for good. Left to the broker they would lose what they hold, or have it in other partitions.
 *
 * @param replicas -1 for the broker's default
 * @returns a function that throws CodedError as {@link ClusterAdmin}
 */
export function createInternalTopics(admin: TopicCreator, topics: string[], replicas: number): () => Promise<void> {
  let created: Promise<unknown> | undefined
  return async () => {
    created ??= Promise.all(
      topics.map(topic => admin.createTopic({ topic, partitions: PARTITIONS, replicas, settings: SETTINGS })),
    )
    try {
      await created
    } catch (error) {
      created = undefined
      throw error
    }
  }
}
