import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../lib/kafka/client/settings.ts'
import type { KafkaRecord, RecordHeader } from '../lib/record.ts'

const customers = ['Zoë Müller', 'Jan de Vries', 'Ana García', '山田太郎', 'Olga Петрова', 'Noah O’Neil', '😀 Shop']
const statuses = ['created', 'paid', 'shipped', 'delivered']

type Order = Pick<KafkaRecord, 'key' | 'value' | 'headers' | 'timestamp'>

/** Realistic order records, the same each time: text in several scripts, some tombstones, some binary values, some without a key. */
export function orders(count: number): Order[] {
  return Array.from({ length: count }, (_, index) => order(index))
}

/** One of them. */
export function order(index: number): Order {
  return {
    key: index % 40 === 7 ? null : Buffer.from(`order-${1000 + (index % 400)}`),
    value: orderValue(index),
    headers: orderHeaders(index),
    timestamp: Date.UTC(2026, 0, 1) + index * 731,
  }
}

function orderValue(index: number): Buffer | null {
  if (index % 25 === 13 && index % 40 !== 7) return null
  if (index % 50 === 21) return Buffer.from([0xff, 0xd8, 0xff, 0xe0, index & 0xff, index >> 8, 0x00, 0x80])
  return Buffer.from(
    JSON.stringify({
      orderId: 100_000 + index,
      customer: { id: `customer-${index % 97}`, name: customers[index % customers.length] },
      items: Array.from({ length: (index % 3) + 1 }, (_, item) => ({
        sku: `SKU-${(index * 7 + item) % 311}`,
        quantity: (item % 2) + 1,
        price: Math.round(((index * 37) % 9973) + 99) / 100,
      })),
      status: statuses[index % statuses.length],
    }),
  )
}

function orderHeaders(index: number): RecordHeader[] {
  const source = { key: 'source', value: Buffer.from(index % 3 === 0 ? 'web' : 'app') }
  const trace = { key: 'trace-id', value: Buffer.from([index & 0xff, 0xc3, 0x28]) }
  return index % 10 === 0 ? [source, { ...source, value: Buffer.from('retry') }, trace] : [source]
}

/**
 * Produces the records, spread over the topic's partitions.
 *
 * @returns the records as the cluster has them, with partition and offset
 */
export async function produce(connection: KafkaSettings, topic: string, records: Order[]): Promise<KafkaRecord[]> {
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: 'orders', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  // Idempotent, so that each record is written once even if a response is lost.
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true })
  await Promise.all([admin.connect(), producer.connect()])
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0]?.partitions.length ?? 1
    const produced: KafkaRecord[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const part = records.filter((_, index) => index % partitions === partition)
      const messages = part.map(record => ({
        ...record,
        partition,
        headers: headersOf(record),
        timestamp: `${record.timestamp}`,
      }))
      const [sent] = await producer.send({ topic, messages, acks: -1 })
      const base = Number(sent?.baseOffset)
      for (const [index, record] of part.entries()) produced.push({ ...record, topic, partition, offset: base + index })
    }
    return produced
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

function headersOf({ headers }: Order): Record<string, Buffer | Buffer[]> {
  const byName: Record<string, Buffer[]> = {}
  for (const { key, value } of headers) {
    if (value) byName[key] = [...(byName[key] ?? []), value]
  }
  return byName
}
