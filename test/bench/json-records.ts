import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'

const statuses = ['created', 'paid', 'packed', 'shipped', 'delivered', 'returned']
const words = 'please ring twice then leave it with the neighbours on the second floor or behind the blue door'.split(
  ' ',
)

/** In milliseconds since the epoch; records are a millisecond apart. */
const FIRST_TIMESTAMP = 1_767_225_600_000

/**
 * Fills a topic with orders of about so many bytes: JSON with ids, amounts and some text, and keys, so that they compress
 * about as well as what people have.
 */
export async function produceJsonRecords(
  connection: KafkaSettings,
  topic: string,
  { records: total, bytes, partitions }: { records: number; bytes: number; partitions: number },
): Promise<void> {
  const producer = createProducer(connection, { clientId: 'bench' })
  let timestamp = FIRST_TIMESTAMP
  for (const orders of jsonOrders(total, bytes)) {
    const records = orders.map((order, index) => ({
      ...order,
      ...{ headers: [], timestamp: timestamp++, partition: index % partitions },
    }))
    await producer.send(topic, records, Date.now() + 60_000)
  }
  await producer.close()
}

/** The most of what is in memory at a time; the least is one order. */
const [ORDERS_AT_ONCE, BYTES_AT_ONCE] = [20_000, 8_000_000]

/** Keys and values of orders, the same in each run, some thousands at a time. */
export function* jsonOrders(total: number, bytes: number): Generator<{ key: Buffer; value: Buffer }[]> {
  const random = createRandom()
  const most = Math.min(ORDERS_AT_ONCE, Math.ceil(BYTES_AT_ONCE / bytes))
  for (let start = 0; start < total; start += most) {
    yield Array.from({ length: Math.min(most, total - start) }, (_, index) => {
      const key = Buffer.from(`customer-${random(100_000)}`)
      return { key, value: Buffer.from(orderJson(start + index, bytes, random)) }
    })
  }
}

/** Shorter orders have neither a customer nor items. */
const LEAST_WITH_ITEMS = 200

function orderJson(number: number, bytes: number, random: (below: number) => number): string {
  const id = () =>
    random(2 ** 31)
      .toString(16)
      .padStart(8, '0')
  const order = {
    orderId: 100_000 + number,
    trace: `${id()}${id()}`,
    status: statuses[random(statuses.length)],
    ...(bytes >= LEAST_WITH_ITEMS && itemsOf(random)),
    comment: '',
  }
  const room = bytes - JSON.stringify(order).length
  while (order.comment.length < room) order.comment += `${words[random(words.length)]} `
  order.comment = order.comment.slice(0, Math.max(0, room))
  return JSON.stringify(order)
}

function itemsOf(random: (below: number) => number) {
  return {
    customer: { id: `customer-${random(100_000)}`, country: 'DE', zip: String(10_000 + random(89_999)) },
    items: [{ sku: `SKU-${random(5_000)}`, quantity: 1 + random(5), price: random(100_000) / 100 }],
  }
}

/** The same numbers in each run. Source: George Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (14), 2003. */
function createRandom(): (below: number) => number {
  let state = 2_463_534_242
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
