import type { Base, BaseOptions, ClusterTopicMetadata } from '@platformatic/kafka'

/**
 * Asks the cluster for a topic's metadata; undefined if the topic does not exist.
 *
 * @param forceUpdate whether to bypass the cache
 */
export async function topicMetadata(
  client: Base<BaseOptions>,
  topic: string,
  forceUpdate = false,
): Promise<ClusterTopicMetadata | undefined> {
  try {
    return (await client.metadata({ topics: [topic], forceUpdate })).topics.get(topic)
  } catch (error) {
    // The client has no other indication that a topic does not exist.
    if ((error as Error).message.startsWith('Unknown topic')) return undefined
    throw error
  }
}
