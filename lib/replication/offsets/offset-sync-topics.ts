import type { ClusterAdmin } from '../../kafka/admin/admin.ts'
import { retryableOnceCreated } from '../../kafka/error.ts'

export type TopicCreator = Pick<ClusterAdmin, 'createTopic'>

/**
 * Compacted, as MirrorMaker 2 creates its own topics (Apache Kafka, connect/mirror, `MirrorUtils.createCompactedTopic`),
 * but in segments of 16 MiB instead of 1 GiB: the newest segment is never compacted, and a cold start reads it all.
 */
const SETTINGS = { 'cleanup.policy': 'compact', 'segment.bytes': String(16 * 1024 * 1024) }
const PARTITIONS = 1

/** Topics of one cluster that replication keeps its own records in. */
export interface InternalTopics {
  /**
   * Creates those that are missing, at the first call that succeeds.
   *
   * @throws CodedError as {@link ClusterAdmin}
   */
  ready(): Promise<void>
  /**
   * Has something done with the topics once they are ready. Where it finds that one isn't there any more the error is
   * retryable, as the next call creates it again: users may delete topics while an instance is warm.
   */
  use<T>(run: () => Promise<T>): Promise<T>
}

/**
 * Topics for offsets and heartbeats: one partition, and the newest record of each key kept for good. Left to the broker
 * they would lose what they hold, or have it in other partitions.
 *
 * @param replicas -1 for the broker's default
 */
export function createInternalTopics(admin: TopicCreator, topics: string[], replicas: number): InternalTopics {
  let created: Promise<unknown> | undefined

  async function ready() {
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

  async function use<T>(run: () => Promise<T>): Promise<T> {
    await ready()
    try {
      return await run()
    } catch (thrown) {
      const error = retryableOnceCreated(thrown, topics)
      if (error !== thrown) created = undefined
      throw error
    }
  }

  return { ready, use }
}
