import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { inTime } from './deadline.ts'
import { uniqueName } from './stack.ts'

/**
 * Reads a topic from its beginning, in the order of arrival.
 *
 * @param until so many records are there, or those that are waited for
 */
export async function readTopic(
  connection: KafkaSettings,
  topic: string,
  until: number | ((records: KafkaMessage[]) => boolean),
): Promise<KafkaMessage[]> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: 'reader', logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: uniqueName('reader') })
  const records: KafkaMessage[] = []
  const complete = Promise.withResolvers<void>()
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        records.push(message)
        if (typeof until === 'number' ? records.length === until : until(records)) complete.resolve()
      },
    })
    await inTime(complete.promise, () => `${records.length} records of ${topic}`)
    return records
  } finally {
    await consumer.disconnect()
  }
}

/** Header values as text, by name. */
export function headersAsText({ headers }: KafkaMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
}
