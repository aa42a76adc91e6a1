import { setTimeout } from 'node:timers/promises'
import { type Admin, type ITopicConfig, Kafka, type KafkaJSError, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../lib/kafka/client/settings.ts'

/** How long a broker may take to know a topic that was created, and the pause between questions, in milliseconds. */
const MOST_MS = 30_000
const PAUSE_MS = 50

/** Creates topics that don't exist yet, with the number of partitions of each. */
export async function createTopics(connection: KafkaSettings, partitions: Record<string, number>): Promise<void> {
  const admin = new Kafka({ ...kafkajsConfig(connection), clientId: 'topics', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = Object.entries(partitions).map(([topic, numPartitions]) => ({ topic, numPartitions }))
    await createAndAwait(admin, topics)
  } finally {
    await admin.disconnect()
  }
}

/**
 * Deletes the records of a topic. Its offsets continue, so that consumer groups read what comes.
 *
 * @returns how many offsets had records
 */
export async function emptyTopic(connection: KafkaSettings, topic: string): Promise<number> {
  const admin = new Kafka({ ...kafkajsConfig(connection), clientId: 'topics', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const bounds = await admin.fetchTopicOffsets(topic)
    const filled = bounds.filter(({ low, high }) => low !== high)
    const partitions = filled.map(({ partition, high }) => ({ partition, offset: high }))
    if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions })
    return filled.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
  } finally {
    await admin.disconnect()
  }
}

/**
 * Creates topics that don't exist yet, and waits until each of their partitions has a leader that answers as one. The client's own
 * wait fails when a broker doesn't know a new topic yet, which happens on a busy machine.
 */
export async function createAndAwait(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false })
  const names = topics.map(({ topic }) => topic)
  const end = Date.now() + MOST_MS
  while (!(await haveLeaders(admin, names))) {
    if (Date.now() >= end) throw new Error(`${names.join(', ')} had no leaders within ${MOST_MS / 1000} s`)
    await setTimeout(PAUSE_MS)
  }
}

/** A broker is named as a leader a moment before it takes requests as one, so the leaders are asked for something. */
async function haveLeaders(admin: Admin, topics: string[]): Promise<boolean> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics })
    if (metadata.topics.some(({ partitions }) => partitions.some(({ leader }) => leader < 0))) return false
    for (const topic of topics) await admin.fetchTopicOffsets(topic)
    return true
  } catch (error) {
    if ((error as KafkaJSError).retriable) return false
    throw error
  }
}
