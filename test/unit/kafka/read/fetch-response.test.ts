import { createRequire } from 'node:module'
import * as library from '@platformatic/kafka'
import fc from 'fast-check'
import { type Codec, codecNames } from '../../../../lib/kafka/codec.ts'
import { encodeBatch } from '../../../../lib/kafka/produce/record-batch.ts'
import type { ConsumedRecord } from '../../../../lib/kafka/read/consumed-record.ts'
import { decodeFetch } from '../../../../lib/kafka/read/fetch-response.ts'
import { type FetchedBatch, fetchedBatches } from '../../../../lib/kafka/read/fetched-batch.ts'
import type { KafkaRecord } from '../../../../lib/record.ts'
import { records } from '../../../support/arbitrary-records.ts'

const require = createRequire(import.meta.url)
/** kafkajs's own decoder of version 11. */
const kafkajs: {
  decode(bytes: Buffer): Promise<ReturnType<typeof decodeFetch>>
} = require('kafkajs/src/protocol/requests/fetch/v11/response')
const codec = fc.constantFrom(...codecNames)
const tools = library as unknown as Parameters<typeof encodeBatch>[3]

/** A batch as a broker stores it: with the offset of its first record. */
async function storedBatch(list: KafkaRecord[], codec: Codec, transactional = false): Promise<Buffer> {
  const identity = { producerId: 7n, producerEpoch: 0 }
  const batch = await encodeBatch(list, { identity, sequence: 0, transactional }, codec, tools)
  batch.writeBigInt64BE(BigInt(list[0]?.offset ?? 0), 0)
  return batch
}

const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

/** A response with one topic, by partition. Source: Apache Kafka, protocol guide, "Fetch Response (Version: 11)". */
function responseOf(topic: string, recordSets: Map<number, Buffer>): Buffer {
  const partitions = Array.from(recordSets, ([partition, recordSet]) => [
    ...[int32(partition), int16(0), int64(900), int64(800), int64(0)],
    ...[int32(1), int64(7), int64(3), int32(-1), int32(recordSet.length), recordSet],
  ])
  return Buffer.concat([
    ...[int32(5), int16(0), int32(6), int32(1), int16(topic.length), Buffer.from(topic)],
    ...[int32(recordSets.size), ...partitions.flat()],
  ])
}

async function recordsOf(batches: Iterable<FetchedBatch>): Promise<ConsumedRecord[]> {
  return (await Promise.all(Array.from(batches, batch => batch.records()))).flat()
}

/** The fields of a fetched record, which are made when they are asked for. */
const fieldsOf = ({ offset, timestamp, key, value, headers }: ConsumedRecord | KafkaRecord) => ({
  offset,
  timestamp,
  key,
  value,
  headers,
})

test('law: records come as they were produced, whatever the codec', async () => {
  // The producer's deltas are exact up to 2^52.
  const stored = records(1).map(list =>
    list.map((record, index) => ({
      ...record,
      offset: (list[0]?.offset ?? 0) + index,
      timestamp: record.timestamp % 2 ** 50,
    })),
  )
  await fc.assert(
    fc.asyncProperty(stored, codec, async (list, codec) => {
      const found = await recordsOf(fetchedBatches(await storedBatch(list, codec), 0))
      expect(found.map(fieldsOf)).toEqual(list.map(fieldsOf))
      expect(found.every(({ timestampType }) => timestampType === 'CREATE_TIME')).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a response has the fields that kafkajs reads', async () => {
  const batch = await storedBatch([bare(4), bare(5)], 'none', true)
  const bytes = responseOf(
    'orders',
    new Map([
      [0, batch],
      [3, Buffer.alloc(0)],
    ]),
  )
  const ours = decodeFetch(bytes, () => 0)
  const theirs = await kafkajs.decode(bytes)
  const withoutMessages = (response: typeof ours) => ({
    ...response,
    responses: response?.responses.map(topic => ({
      ...topic,
      partitions: topic.partitions.map(({ messages, ...fields }) => fields),
    })),
  })
  expect(withoutMessages(ours)).toEqual(withoutMessages(theirs))
  const [first] = ours?.responses[0]?.partitions[0]?.messages ?? []
  expect(first).toMatchObject({
    offset: '5',
    isControlRecord: false,
    batchContext: { producerId: '7', inTransaction: true },
  })
})

test('a batch begins with the record that was asked for', async () => {
  const batch = await storedBatch([bare(4), bare(5), bare(6)], 'none')
  const offsets = async (from: number) => (await recordsOf(fetchedBatches(batch, from))).map(({ offset }) => offset)
  expect(await offsets(0)).toEqual([4, 5, 6])
  expect(await offsets(5)).toEqual([5, 6])
  expect(await offsets(7)).toEqual([])
})

test('the batch that the end of a response cuts off is left for the next fetch', async () => {
  const [one, other] = await Promise.all([storedBatch([bare(4)], 'none'), storedBatch([bare(5)], 'none')])
  const whole = Buffer.concat([one, other])
  for (const missing of [1, other.length - 1, other.length]) {
    const found = await recordsOf(fetchedBatches(whole.subarray(0, whole.length - missing), 0))
    expect(found.map(({ offset }) => offset)).toEqual([4])
  }
})

test('where the broker sets the time, all records have that of the batch', async () => {
  const batch = await storedBatch([bare(4), bare(5)], 'none')
  batch.writeInt16BE(0x08, 21)
  batch.writeBigInt64BE(99n, 35)
  const found = await recordsOf(fetchedBatches(batch, 0))
  expect(found).toMatchObject([99, 99].map(timestamp => ({ timestamp, timestampType: 'LOG_APPEND_TIME' })))
})

test('the marker of an aborted transaction is told by its key, as kafkajs looks for it', async () => {
  const batch = await storedBatch([{ ...bare(4), key: Buffer.alloc(4) }], 'none', true)
  batch.writeInt16BE(0x30, 21)
  const [marker] = fetchedBatches(batch, 0)
  expect(marker).toMatchObject({ isControlRecord: true, key: Buffer.alloc(4) })
})

test('a damaged batch is an error', async () => {
  const batch = await storedBatch([bare(4)], 'none')
  batch.writeInt32BE(1_000, 57)
  await expect(recordsOf(fetchedBatches(batch, 0))).rejects.toThrow('a record batch at the offset 4 is damaged')
})

test('records of before Kafka 0.11 are left to kafkajs', () => {
  const messageSet = Buffer.alloc(40)
  messageSet[16] = 1
  expect(decodeFetch(responseOf('orders', new Map([[0, messageSet]])), () => 0)).toBeUndefined()
})

function bare(offset: number): KafkaRecord {
  const content = { key: null, value: Buffer.from(String(offset)), headers: [] }
  return { topic: 'orders', partition: 0, offset, timestamp: 1_000 + offset, ...content }
}
