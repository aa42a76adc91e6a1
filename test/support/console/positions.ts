import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import type { ConnectorName } from './connectors.ts'
import { underTest } from './under-test.ts'

/** The sum of the offsets at which a connector continues. */
export async function positionOf(connector: ConnectorName, topic: string): Promise<number> {
  return await withAdmin(underTest.places.source, async admin => {
    const [known] = await admin.fetchOffsets({ groupId: groupOf(connector, topic), topics: [topic] })
    return sum(known?.partitions.map(({ offset }) => Math.max(Number(offset), 0)) ?? [])
  })
}

/** Whether a connector is a member of its group: until it has left that, it may commit what it delivered last. */
export async function isReading(connector: ConnectorName, topic: string): Promise<boolean> {
  return await withAdmin(underTest.places.source, async admin => {
    const { groups } = await admin.describeGroups([groupOf(connector, topic)])
    return groups.some(({ members }) => members.length > 0)
  })
}

/** How many offsets a topic has had, in all of its partitions; 0 when there is none. */
export async function endOf(topic: string, cluster = underTest.places.source): Promise<number> {
  return await withAdmin(cluster, async admin => {
    if (!(await admin.listTopics()).includes(topic)) return 0
    return sum((await admin.fetchTopicOffsets(topic)).map(({ high }) => Number(high)))
  })
}

const groupOf = (connector: ConnectorName, topic: string) => `lake-dev-${connector}-${topic}`

async function withAdmin<T>(cluster: KafkaSettings, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ ...kafkajsConfig(cluster), clientId: 'positions', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
