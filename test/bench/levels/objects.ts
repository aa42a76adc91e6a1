import { randomBytes } from 'node:crypto'
import avsc from 'avsc'
import { readDumpSettings } from '../../../lib/config/dump.ts'
import { encode } from '../../../lib/formats/encode.ts'
import type { FormatName } from '../../../lib/formats/index.ts'
import { jsonOrders } from '../json-records.ts'

/** Records of a topic-partition in an event of 6 MB with four of them, and how many objects there are. */
const [RECORDS, OBJECTS, ORDER_BYTES] = [2_300, 4, 377]

/** Values of a kind, in objects of the format that suits them. */
interface Content {
  format: FormatName
  /** A value for an order. */
  value(order: Buffer): Buffer
}

/** The fields of the orders in test/bench/json-records.ts. */
const orderType = avsc.Type.forValue({
  ...{ orderId: 100_000, trace: 'a', status: 'a', customer: { id: 'a', country: 'DE', zip: 'a' } },
  ...{ items: [{ sku: 'a', quantity: 1, price: 0.5 }], comment: 'a' },
})

/** The schema's id in Confluent's form: a zero, and four bytes. */
const SCHEMA_ID = Buffer.from([0, 0, 0, 0, 42])

export const contents = {
  'JSON values': { format: 'json', value: order => order },
  'Avro values': {
    format: 'avro',
    value: order => Buffer.concat([SCHEMA_ID, orderType.toBuffer(JSON.parse(order.toString()))]),
  },
  'binary values': { format: 'avro', value: measurementOf },
} satisfies Record<string, Content>

export type ContentName = keyof typeof contents

/**
 * A message like those of Protobuf: tags and lengths that repeat, with an id, a measured number and a random text, which don't.
 * Random bytes differ in each run, and hardly change what becomes of them.
 */
function measurementOf(order: Buffer): Buffer {
  const { orderId, status } = JSON.parse(order.toString())
  const numbers = Buffer.alloc(20)
  numbers.writeUInt32LE(orderId, 1)
  numbers.writeDoubleLE(Math.random() * 1_000, 6)
  numbers.writeInt32LE(Math.floor(Math.random() * 100), 15)
  const id = Buffer.concat([Buffer.from([0x0a, 16]), randomBytes(16)])
  const state = Buffer.concat([Buffer.from([0x12, status.length]), Buffer.from(status)])
  const payload = Buffer.concat([Buffer.from([0x1a, 48]), randomBytes(24), Buffer.alloc(24, 1)])
  return Buffer.concat([id, state, numbers, payload])
}

/** Objects of the usual size, without compression. */
export async function objectsOf(name: ContentName): Promise<Buffer[]> {
  const { format, value } = contents[name]
  const settings = readDumpSettings({ S3_BUCKET: 'bench-bucket', FORMAT: format, COMPRESSION: 'none' })
  const objects: Buffer[] = []
  let offset = 0
  for (const orders of jsonOrders(RECORDS * OBJECTS, ORDER_BYTES)) {
    while (orders.length > 0) {
      const records = orders.splice(0, RECORDS).map(({ key, value: order }) => ({
        ...{ topic: 'orders', partition: 0, offset: offset++, timestamp: 1_767_225_600_000 + offset },
        ...{ key, value: value(order), headers: [] },
      }))
      objects.push((await encode(records, settings.format)).body)
    }
  }
  return objects
}
