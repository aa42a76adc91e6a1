import { Kafka, logLevel, type Message } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../../lib/kafka/client/settings.ts'

/** Records that come all the time, and a consumer group that reads them. */
export interface Load {
  stop(): Promise<void>
}

/** Between two rounds of records, in milliseconds. */
const ROUND_MS = 1_000

/** The group whose position a replication carries over. */
export const GROUP = 'billing'

/** Texts that would do harm if a page took them for markup, or that turn or hide the text around them. */
export const hostile = {
  key: '<img src=x onerror=alert(1)>',
  html: '<script>alert(1)</script>',
  header: '<b>header</b>',
  /** Right to left from here on: `exe.txt` looks like `txt.exe`. */
  turned: '\u202Etxt.exe',
  control: '\u0007\u001b[31m\u0000',
} as const

export const notJson = '{"id": not json'

/** Sends records to these topics of the sample connectors, some of them hostile or not JSON, until it is stopped. */
export async function startLoad(cluster: KafkaSettings, topics: readonly string[]): Promise<Load> {
  const kafka = new Kafka({ ...kafkajsConfig(cluster), clientId: 'load', logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: GROUP })
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({
    topics: ['orders', 'customers'].filter(topic => topics.includes(topic)),
    fromBeginning: true,
  })
  await consumer.run({ eachMessage: async () => {} })
  let isStopped = false
  const sending = (async () => {
    for (let round = 0; !isStopped; round++) {
      const topicMessages = Object.entries(roundOf(round))
        .filter(([topic]) => topics.includes(topic))
        .map(([topic, messages]) => ({ topic, messages }))
      // A test may have stopped the broker.
      await producer.sendBatch({ topicMessages }).catch(() => {})
      await new Promise(resolve => setTimeout(resolve, ROUND_MS))
    }
  })()
  return {
    async stop() {
      isStopped = true
      await sending
      await Promise.all([producer.disconnect(), consumer.disconnect()])
    },
  }
}

/** The records of one round, by topic. */
function roundOf(round: number): Record<string, Message[]> {
  const orders = Array.from({ length: 10 }, (_, index) => order(round * 10 + index))
  if (round % 10 === 3) orders.push({ key: 'bad', value: notJson, headers: { why: 'planted' } })
  if (round % 10 === 6) orders.push(hostileOrder(), { key: 'gone', value: null })
  return {
    orders,
    clicks: Array.from({ length: 15 }, (_, index) => order(round * 15 + index)),
    customers: [order(round)],
    // One record that stops its partition for good.
    payments: [order(round), ...(round === 12 ? [{ key: 'bad', value: 'broken {', partition: 0 }] : [])],
    sensors: [{ ...order(round), partition: round % 500 }],
  }
}

function order(id: number): Message {
  const items = [{ sku: `A-${id % 7}`, count: (id % 4) + 1 }]
  return {
    key: `order-${id % 500}`,
    value: JSON.stringify({ id, customer: `customer-${id % 97}`, items, total: (id % 1000) * 1.25 }),
    headers: { trace: `t-${id}` },
  }
}

function hostileOrder(): Message {
  const { key, html, header, turned, control } = hostile
  return {
    key,
    value: JSON.stringify({ html, turned, control }),
    headers: { [header]: turned, binary: Buffer.from([0, 1, 255]), html },
  }
}
