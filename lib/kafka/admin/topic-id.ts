import { retryUntil } from '../../retry.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'

/**
 * Makes a function that asks a cluster for the id of a topic: a topic that was deleted and made anew has another one.
 * Before Kafka 2.8 topics had none; all of theirs are the same then.
 *
 * @returns takes a deadline in milliseconds since the epoch; throws CodedError, `KAFKA_REJECTED` when there is no such topic
 */
export function createTopicIds(connection: KafkaSettings, clientId: string) {
  const cluster = createClusterClient(connection, clientId)
  return (topic: string, deadline: number): Promise<string> =>
    retryUntil(deadline, signal =>
      cluster.attempt(`find the topic ${topic}`, signal, async client => (await cluster.topicNow(client, topic)).id),
    )
}
