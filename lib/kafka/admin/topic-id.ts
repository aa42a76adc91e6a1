import { retryUntil } from '../../retry.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'

/**
 * Creates a function that asks a cluster for a topic's id. A topic that was deleted and created again has a different id.
 * Before Kafka 2.8 topics had no ids; the function then returns the same value for all of them.
 *
 * @returns a function that takes a deadline in milliseconds since the epoch and throws CodedError, `KAFKA_REJECTED` if the
 * topic does not exist
 */
export function createTopicIds(connection: KafkaSettings, clientId: string) {
  const cluster = createClusterClient(connection, clientId)
  return (topic: string, deadline: number): Promise<string> =>
    retryUntil(deadline, signal =>
      cluster.attempt(`find the topic ${topic}`, signal, async client => (await cluster.topicNow(client, topic)).id),
    )
}
