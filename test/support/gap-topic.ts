import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { uniqueName } from './stack.ts'

/**
 * Produces records in transactions, every third of which is aborted: their offsets, and one more for the end of each
 * transaction, are gaps for whoever reads what was committed.
 *
 * @returns the values of the committed records of each partition, in order
 */
export async function produceWithGaps(
  connection: KafkaSettings,
  topic: string,
  partitions: number,
  transactions: number,
): Promise<string[][]> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: 'gaps', logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ transactionalId: uniqueName('gaps'), maxInFlightRequests: 1, idempotent: true })
  const committed = Array.from({ length: partitions }, (): string[] => [])
  await producer.connect()
  try {
    for (let index = 0; index < transactions; index++) {
      const transaction = await producer.transaction()
      const isAborted = index % 3 === 1
      const values = Array.from({ length: partitions }, (_, partition) =>
        Array.from({ length: 1 + ((index * 5 + partition) % 7) }, (_, record) => `${partition}/${index}/${record}`),
      )
      const messages = values.flatMap((list, partition) => list.map(value => ({ partition, key: value, value })))
      await transaction.send({ topic, messages })
      if (isAborted) await transaction.abort()
      else {
        await transaction.commit()
        values.forEach((list, partition) => {
          committed[partition]?.push(...list)
        })
      }
    }
  } finally {
    await producer.disconnect()
  }
  return committed
}
