import { setImmediate } from 'node:timers/promises'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { codecNames, codecs } from '../../lib/kafka/codec.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createPartitionRecords, type PartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import '../../lib/kafka/read/codecs.ts'
import type { KafkaRecord, OutgoingRecord } from '../../lib/record.ts'
import { createAndAwait } from '../../local/topics.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import '../support/buffer-equality.ts'
import { produceWithGaps } from '../support/gap-topic.ts'
import { startLossyProxy } from '../support/lossy-proxy.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const { plaintext } = stack.connections
const FETCH = 1
const kafka = new kafkajs.Kafka({ ...kafkajsConfig(plaintext), logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
const opened: PartitionRecords[] = []

beforeAll(() => admin.connect())
afterEach(() => Promise.all(opened.splice(0).map(reader => reader.close())))
afterAll(() => admin.disconnect())

function readerOf(connection: KafkaSettings = plaintext): PartitionRecords {
  const reader = createPartitionRecords(connection, 'test')
  opened.push(reader)
  return reader
}

/** All records of a topic within its bounds, its partitions side by side, in the order of partitions and offsets. */
async function allOf(topic: string, reader = readerOf()): Promise<KafkaRecord[]> {
  const bounds = await reader.bounds(topic)
  const read = async ([partition, { start, end }]: [number, { start: number; end: number }]) =>
    (await Array.fromAsync(reader.read({ topic, partition, from: start, end }))).flat()
  return (await Promise.all([...bounds].map(read))).flat()
}

async function configured(config: Record<string, string>): Promise<string> {
  const topic = uniqueName('configured')
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await createAndAwait(admin, [{ topic, numPartitions: 1, configEntries }])
  return topic
}

async function produce(topic: string, records: OutgoingRecord[], compression: (typeof codecNames)[number] = 'none') {
  const producer = createProducer(plaintext, { clientId: 'test', compression })
  try {
    await producer.send(topic, records, Date.now() + 20_000)
  } finally {
    await producer.close()
  }
}

/** Those that a broker takes: no times of the year 1, and values below its limit. */
const awkward = Object.values(awkwardRecords)
  .map(fields => awkwardRecord({ ...fields, partition: 0 }))
  .filter(({ timestamp, value }) => timestamp >= -1 && (value?.length ?? 0) < 1_000_000)

test.each(codecNames)('records compressed by %s are read as Java’s consumer reads them', async codec => {
  const topic = await createTopic('awkward')
  await produce(topic, awkward, codec)
  const records = await allOf(topic)
  expect(records).toEqual(await recordsOfJava(plaintext.brokers, topic))
  expect(records.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))).toEqual(
    awkward.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers })),
  )
})

test('a batch that its producer compressed in several zstd frames is read whole', async () => {
  const topic = await createTopic('frames')
  const halves = (bytes: Buffer) => [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
  const before = kafkajs.CompressionCodecs[codecs.zstd]
  kafkajs.CompressionCodecs[codecs.zstd] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) =>
      Buffer.concat(halves(buffer).map(half => zlib.zstdCompressSync(half))),
  })
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: 10 }, (_, index) => ({ key: String(index), value: 'x'.repeat(index) }))
  await producer.send({ topic, messages, compression: codecs.zstd })
  await producer.disconnect()
  kafkajs.CompressionCodecs[codecs.zstd] = before
  expect((await allOf(topic)).map(({ key }) => String(key))).toEqual(messages.map(({ key }) => key))
})

test('the broker’s time is the records’ where the topic says so', async () => {
  const topic = await configured({ 'message.timestamp.type': 'LogAppendTime' })
  await produce(topic, [awkwardRecord({ partition: 0, timestamp: 1000 }), awkwardRecord({ partition: 0 })])
  const records = await allOf(topic)
  expect(records).toEqual(await recordsOfJava(plaintext.brokers, topic))
  expect(records[0]?.timestamp).toBeGreaterThan(1_767_225_600_000)
})

test('aborted transactions and markers are left out, whatever the range, and of open ones nothing is seen', async () => {
  const topic = await createTopic('gaps', 3)
  const committed = await produceWithGaps(plaintext, topic, 3, 12)
  const reader = readerOf()
  const expected = await recordsOfJava(plaintext.brokers, topic)
  expect(await allOf(topic, reader)).toEqual(expected)
  expect(expected.map(({ value }) => String(value))).toEqual(committed.flat())

  const producer = kafka.producer({ transactionalId: uniqueName('open'), maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const open = await producer.transaction()
  await open.send({ topic, messages: [{ partition: 0, value: 'open' }] })
  const { end = 0 } = (await reader.bounds(topic)).get(0) ?? {}
  expect(await allOf(topic, reader)).toEqual(expected)
  const behind = reader.read({ topic, partition: 0, from: end - 2, end: end + 1 })
  expect((await Array.fromAsync(behind)).flat().map(({ value }) => String(value))).not.toContain('open')
  await open.abort()
  await producer.disconnect()

  const first = expected.filter(({ partition }) => partition === 0)
  for (const [from, end] of [
    [0, 1],
    [5, 9],
    [first[3]?.offset ?? 0, first[7]?.offset ?? 0],
    [first[3]?.offset ?? 0, first[3]?.offset ?? 0],
  ] as [number, number][]) {
    const range = (await Array.fromAsync(reader.read({ topic, partition: 0, from, end }))).flat()
    expect(range).toEqual(first.filter(({ offset }) => offset >= from && offset < end))
  }
})

test('an aborted transaction that takes several fetches is left out', async () => {
  const topic = await createTopic('large')
  const producer = kafka.producer({ transactionalId: uniqueName('large'), maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const transaction = await producer.transaction()
  for (let index = 0; index < 6; index++) {
    await transaction.send({ topic, messages: [{ partition: 0, value: Buffer.alloc(900_000, index) }] })
  }
  await transaction.abort()
  await producer.send({ topic, messages: [{ partition: 0, value: 'kept' }] })
  await producer.disconnect()
  const reader = readerOf()
  // The coordinator writes the marker of the end after it has answered; until then, readers may see nothing behind it.
  while ((await reader.bounds(topic)).get(0)?.end !== 8) await setImmediate()
  expect((await allOf(topic, reader)).map(({ value }) => String(value))).toEqual(['kept'])
})

test('what retention has deleted is passed over, and a topic that ends before the range is an error', async () => {
  const topic = await createTopic('deleted')
  await produce(
    topic,
    [0, 1, 2, 3].map(() => awkwardRecord({ partition: 0 })),
  )
  // The client finds leaders of topics that it has asked about only.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
  const reader = readerOf()
  expect(await reader.bounds(topic)).toEqual(new Map([[0, { start: 2, end: 4 }]]))
  const offsetsOf = async (from: number, end: number) =>
    (await Array.fromAsync(reader.read({ topic, partition: 0, from, end }))).flat().map(({ offset }) => offset)
  expect(await offsetsOf(0, 3)).toEqual([2])
  expect(await offsetsOf(0, 4)).toEqual([2, 3])
  await expect(offsetsOf(7, 9)).rejects.toMatchObject({ code: 'KAFKA_REJECTED', topic, partition: 0, offset: 7 })
  expect(await reader.bounds(uniqueName('absent'))).toEqual(new Map())
})

test('connections that break and answers that are lost in the middle leave nothing out and repeat nothing', async () => {
  const topic = await createTopic('lossy', 2)
  const values = Array.from({ length: 12 }, (_, index) => Buffer.alloc(700_000, String(index % 10)))
  for (const value of values) await produce(topic, [awkwardRecord({ partition: 0, value })])
  const proxy = await startLossyProxy(plaintext.brokers[0] as string, FETCH)
  try {
    const reader = readerOf({ ...plaintext, brokers: proxy.brokers })
    const read: KafkaRecord[] = []
    for await (const records of reader.read({ topic, partition: 0, from: 0, end: values.length })) {
      for (const record of records) read.push(record)
      if (read.length < 5) proxy.losses = 2
    }
    expect(proxy.losses).toBe(0)
    expect(read.map(({ value }) => value)).toEqual(values)
  } finally {
    await proxy.stop()
  }
})
