import { retryUntil } from '../../retry.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'

/** The ids that a cluster gives its topics. A topic that was deleted and created again has a different one. */
export interface TopicIds {
  /**
   * The id at present. Before Kafka 2.8 topics had no ids; it is the same value for all of them then.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError, `KAFKA_REJECTED` if the topic does not exist
   */
  of(topic: string, deadline: number): Promise<string>
  close(): Promise<void>
}

export function createTopicIds(connection: KafkaSettings, clientId: string): TopicIds {
  const cluster = createClusterClient(connection, clientId)
  return {
    of: (topic, deadline) =>
      retryUntil(deadline, signal =>
        cluster.attempt(`find the topic ${topic}`, signal, async client => (await cluster.topicNow(client, topic)).id),
      ),
    close: () => cluster.close(),
  }
}
