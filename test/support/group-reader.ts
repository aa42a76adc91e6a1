import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { inTime } from './deadline.ts'

export interface ReadRecord {
  partition: number
  offset: number
  key: Buffer | null
  value: Buffer | null
  timestamp: number
}

/**
 * Joins a group, reads so many records of each partition that it has not yet read, commits behind each of them, and
 * leaves. Where the group has committed nothing it reads from the beginning.
 *
 * @returns the records of each partition, in order
 */
export async function readInGroup(
  connection: KafkaSettings,
  groupId: string,
  topic: string,
  counts: number[],
): Promise<ReadRecord[][]> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: groupId, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 })
  const complete = Promise.withResolvers<void>()
  const read = counts.map((): ReadRecord[] => [])
  const isComplete = () => counts.every((count, partition) => read[partition]?.length === count)
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const records = read[partition] as ReadRecord[]
        if (records.length === counts[partition]) return
        const { key, value, timestamp } = message
        const offset = Number(message.offset)
        records.push({ partition, offset, key, value, timestamp: Number(timestamp) })
        await consumer.commitOffsets([{ topic, partition, offset: String(offset + 1) }])
        if (isComplete()) complete.resolve()
      },
    })
    if (isComplete()) complete.resolve()
    await inTime(complete.promise, () => `${read.map(({ length }) => length)} records of ${topic} in ${groupId}`)
    return read
  } finally {
    await consumer.disconnect()
  }
}

/** What the group has committed, partition by partition; -1 for nothing. */
export async function committedOffsets(connection: KafkaSettings, groupId: string, topic: string): Promise<number[]> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: 'committed', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const partitions = (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition)
    return partitions.map(({ offset }) => Number(offset))
  } finally {
    await admin.disconnect()
  }
}
