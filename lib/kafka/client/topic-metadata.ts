import type { Base, BaseOptions, ClusterTopicMetadata } from '@platformatic/kafka'

/**
 * What the cluster says of a topic; undefined when there is none.
 *
 * @param forceUpdate whether it is asked now, whatever is in memory
 */
export async function topicMetadata(
  client: Base<BaseOptions>,
  topic: string,
  forceUpdate = false,
): Promise<ClusterTopicMetadata | undefined> {
  try {
    return (await client.metadata({ topics: [topic], forceUpdate })).topics.get(topic)
  } catch (error) {
    // The client has no other sign of a topic that it doesn't find.
    if ((error as Error).message.startsWith('Unknown topic')) return undefined
    throw error
  }
}
