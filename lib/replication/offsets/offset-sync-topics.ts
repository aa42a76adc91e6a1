import type { ClusterAdmin } from '../../kafka/admin/admin.ts'
import { retryableOnceCreated } from '../../kafka/error.ts'

export type TopicCreator = Pick<ClusterAdmin, 'createTopic'>

/**
 * Compacted, as MirrorMaker 2 creates its topics (Apache Kafka, connect/mirror, `MirrorUtils.createCompactedTopic`), but
 * with log segments of 16 MiB instead of 1 GiB, because the newest segment is never compacted and a cold start reads all of it.
 */
const SETTINGS = { 'cleanup.policy': 'compact', 'segment.bytes': String(16 * 1024 * 1024) }
const PARTITIONS = 1

/** The topics of one cluster that hold replication's own records. */
export interface InternalTopics {
  /**
   * Creates missing topics, until one call has succeeded.
   *
   * @throws CodedError as {@link ClusterAdmin}
   */
  ready(): Promise<void>
  /**
   * Runs something that uses the topics, once they are ready. If it finds that a topic no longer exists the error is
   * retryable, because the next call creates it again: users may delete topics while an instance is warm.
   */
  use<T>(run: () => Promise<T>): Promise<T>
}

/**
 * Topics for offsets and heartbeats: one partition, compacted. With the broker's defaults they could lose records or have
 * more partitions.
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
