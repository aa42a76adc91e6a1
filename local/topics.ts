import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../lib/kafka/client/settings.ts'

/** Creates topics that don't exist yet, with the number of partitions of each. */
export async function createTopics(connection: KafkaSettings, partitions: Record<string, number>): Promise<void> {
  const admin = new Kafka({ ...kafkajsConfig(connection), clientId: 'topics', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = Object.entries(partitions).map(([topic, numPartitions]) => ({ topic, numPartitions }))
    await admin.createTopics({ topics, waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
}
