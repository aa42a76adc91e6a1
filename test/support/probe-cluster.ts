import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { probing } from '../../local/kafka-broker.ts'

/**
 * Ready means that all brokers are up, and all replicas in sync.
 *
 * @param size how many brokers the cluster has
 * @throws while it is not ready
 */
export async function probeCluster(connection: KafkaSettings, size: number): Promise<void> {
  const admin = probing(connection).admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    const { topics } = await admin.fetchTopicMetadata()
    const partitions = topics.flatMap(({ partitions }) => partitions)
    const lacking = partitions.filter(({ replicas, isr }) => isr.length < replicas.length).length
    if (brokers.length < size || lacking > 0)
      throw new Error(`there are ${brokers.length} of ${size} brokers, and ${lacking} partitions lack a replica`)
  } finally {
    await admin.disconnect()
  }
}
