import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../lib/kafka/client/settings.ts'

/** The cluster that a consumer group reads, and the topic's name on it. */
export interface ClusterTopic {
  connection: KafkaSettings
  topic: string
}

/** The records that a group read, as `partition:offset`. */
type RecordNames = string[]

/**
 * Stops a consumer group in the middle of a topic on one cluster, translates its offsets, and continues on the other. Offsets
 * are the same on both clusters here, so that records can be compared by them.
 *
 * @param translate runs `sync-offsets` once
 * @returns what the group read on each cluster
 */
export async function failOver(
  groupId: string,
  source: ClusterTopic,
  target: ClusterTopic,
  stopAfter: number,
  translate: () => Promise<unknown>,
): Promise<{ onSource: RecordNames; onTarget: RecordNames }> {
  const onSource = await readAsGroup(groupId, source, stopAfter)
  await translate()
  const onTarget = await readAsGroup(groupId, target, await lagOf(groupId, target))
  return { onSource, onTarget }
}

/** Reads a number of records as a member of the group and commits exactly these. */
async function readAsGroup(groupId: string, { connection, topic }: ClusterTopic, count: number): Promise<RecordNames> {
  const consumer = kafkaOf(connection).consumer({ groupId })
  const names: RecordNames = []
  const positions = new Map<number, bigint>()
  const complete = Promise.withResolvers<void>()
  if (count === 0) complete.resolve()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message: { offset } }) => {
      if (names.length === count) return
      names.push(`${partition}:${offset}`)
      positions.set(partition, BigInt(offset) + 1n)
      if (names.length === count) complete.resolve()
    },
  })
  await complete.promise
  await consumer.commitOffsets(
    Array.from(positions, ([partition, offset]) => ({ topic, partition, offset: String(offset) })),
  )
  await consumer.disconnect()
  return names
}

/** How many records the group has yet to read. */
async function lagOf(groupId: string, { connection, topic }: ClusterTopic): Promise<number> {
  const admin = kafkaOf(connection).admin()
  await admin.connect()
  try {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.reduce((lag, { partition, high }) => {
      const offset = committed?.partitions.find(entry => entry.partition === partition)?.offset ?? '-1'
      return lag + Number(high) - Math.max(Number(offset), 0)
    }, 0)
  } finally {
    await admin.disconnect()
  }
}

function kafkaOf(connection: KafkaSettings): Kafka {
  return new Kafka({ ...kafkajsConfig(connection), clientId: 'failover', logLevel: logLevel.NOTHING })
}
