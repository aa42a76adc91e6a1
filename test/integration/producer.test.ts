import fc from 'fast-check'
import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { codecNames } from '../../lib/kafka/codec.ts'
import type { Placement } from '../../lib/kafka/produce/partition-queue.ts'
import { byKey } from '../../lib/kafka/produce/partitioner.ts'
import { createProducer, type KafkaProducer, type ProducerOptions } from '../../lib/kafka/produce/producer.ts'
import { fits } from '../../lib/kafka/produce/request-split.ts'
import type { KafkaRecord, OutgoingRecord } from '../../lib/record.ts'
import { freePorts } from '../../local/ports.ts'
import { createAndAwait, createTopics } from '../../local/topics.ts'
import { replaceTopicSettings } from '../support/applied-changes.ts'
import { bytes, headers } from '../support/arbitrary-records.ts'
import { INIT_PRODUCER_ID, PRODUCE, startLossyProxy } from '../support/lossy-proxy.ts'
import { partitionsOfJava, recordsOfJava } from '../support/producer-oracle.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

const { plaintext } = stack.connections
const soon = () => Date.now() + 20_000
const open: KafkaProducer[] = []

function producerFor(connection: KafkaSettings, options: Partial<ProducerOptions> = {}): KafkaProducer {
  const producer = createProducer(connection, { clientId: 'test', ...options })
  open.push(producer)
  return producer
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(producer => producer.close()))
})

async function withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = new Kafka({ ...kafkajsConfig(plaintext), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

async function createConfigured(config: Record<string, string>, numPartitions = 1): Promise<string> {
  const topic = uniqueName('configured')
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await withAdmin(admin => createAndAwait(admin, [{ topic, numPartitions, configEntries }]))
  return topic
}

function recordOf(partition: number, text: string, fields: Partial<OutgoingRecord> = {}): OutgoingRecord {
  return { partition, key: null, value: Buffer.from(text), headers: [], timestamp: 1_767_225_600_000, ...fields }
}

const numbered = (count: number, partitions: number, first = 0) =>
  Array.from({ length: count }, (_, index) => recordOf(index % partitions, String(first + index)))

const valuesOf = (records: KafkaRecord[], partition: number) =>
  records.filter(record => record.partition === partition).map(({ value }) => Number(String(value)))

/** The offsets that each placement promises, with the records that were to be there. */
function promised(sent: OutgoingRecord[], placements: Placement[]) {
  const places = new Map<number, number[]>()
  for (const { partition, firstOffset, records } of placements) {
    const offsets = Array.from({ length: records }, (_, index) => firstOffset + index)
    places.set(partition, [...(places.get(partition) ?? []), ...offsets])
  }
  return sent.map(({ partition = -1, value }) => `${partition} ${places.get(partition)?.shift()} ${value}`).sort()
}

const stored = (records: KafkaRecord[]) =>
  records.map(({ partition, offset, value }) => `${partition} ${offset} ${value}`).sort()

describe('records arrive', () => {
  test.each(codecNames)('byte for byte, with compression %s', async compression => {
    const topic = await createConfigured({ 'retention.ms': '-1' })
    const arbitrary = fc.record({
      key: bytes,
      value: bytes,
      headers,
      timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: Date.now() })),
    })
    const odd = [
      recordOf(0, '', { key: Buffer.alloc(0), headers: [{ key: '', value: null }] }),
      recordOf(0, '', { key: null, value: null, timestamp: -1 }),
      recordOf(0, 'x', { headers: ['b', 'a', 'b'].map((key, index) => ({ key, value: Buffer.from([index]) })) }),
    ]
    const records = [...odd, ...fc.sample(arbitrary, 500)].map(record => ({ ...record, partition: 0 }))
    await producerFor(plaintext, { compression }).send(topic, records, soon())
    const expected = records.map((record, offset) => ({ ...record, topic, offset }))
    expect(await recordsOfJava(plaintext.brokers, topic)).toEqual(expected)
  })

  test('50,000 in 3 partitions, in order and where the placements say', async () => {
    const topic = await createTopic('ordered', 3)
    const producer = producerFor(plaintext, { compression: 'lz4' })
    const records = numbered(50_000, 3).map(record => ({ ...record, key: Buffer.alloc(100) }))
    const placements: Placement[] = []
    for (const start of [0, 20_000, 40_000]) {
      placements.push(...(await producer.send(topic, records.slice(start, start + 20_000), soon())))
    }
    const read = await recordsOfJava(plaintext.brokers, topic)
    for (const partition of [0, 1, 2]) {
      expect(valuesOf(read, partition)).toEqual(
        records.flatMap(record => (record.partition === partition ? Number(String(record.value)) : [])),
      )
    }
    expect(promised(records, placements)).toEqual(stored(read))
  })

  test('in the order of the calls, though they are made at the same time', async () => {
    const topic = await createTopic('calls')
    const producer = producerFor(plaintext)
    await Promise.all([0, 10, 20, 30].map(first => producer.send(topic, numbered(10, 1, first), soon())))
    expect(valuesOf(await recordsOfJava(plaintext.brokers, topic), 0)).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })

  // The offset topics have one partition: each batch of each source partition waited for the round trips of all before it.
  test('in the requests that wait, whoever sends them: 300 calls at once take two requests', async () => {
    const topic = await createTopic('joined')
    const proxy = await startLossyProxy(plaintext.brokers[0] as string)
    try {
      const producer = producerFor({ ...plaintext, brokers: proxy.brokers })
      const records = numbered(301, 1)
      const placements = await producer.send(topic, records.slice(0, 1), soon())
      const [before, deadline] = [proxy.requests.get(PRODUCE) ?? 0, soon()]
      const sent = await Promise.all(records.slice(1).map(record => producer.send(topic, [record], deadline)))
      expect((proxy.requests.get(PRODUCE) ?? 0) - before).toBe(2)
      expect(promised(records, [...placements, ...sent.flat()])).toEqual(
        stored(await recordsOfJava(plaintext.brokers, topic)),
      )
    } finally {
      await proxy.stop()
    }
  })

  test('where Java’s producer puts their keys, when they have no partition', async () => {
    const topic = await createTopic('keys', 7)
    const keys = fc.sample(fc.string({ unit: 'binary', minLength: 1 }), 200).map(text => Buffer.from(text))
    const producer = producerFor(plaintext)
    await producer.send(
      topic,
      keys.map(key => ({ key, value: null, headers: [], timestamp: -1 })),
      soon(),
    )
    const choose = byKey()
    for (const { key, partition } of await recordsOfJava(plaintext.brokers, topic)) {
      expect(choose({ key, partition: -1 }, 7)).toBe(partition)
    }
  })

  test.each(Object.keys(stack.connections) as (keyof typeof stack.connections)[])('over %s', async name => {
    const topic = await createTopic('secure')
    await producerFor(stack.connections[name]).send(topic, [recordOf(0, name)], soon())
    const [record] = await readTopic(plaintext, topic, 1)
    expect(String(record?.value)).toBe(name)
  })
})

test('the partitioner puts 2,000 keys where a real Java producer does', async () => {
  const topic = await createTopic('java', 7)
  const samples = [
    fc.sample(fc.string({ unit: 'grapheme' }), 700).map(text => Buffer.from(text)),
    fc.sample(fc.uint8Array({ maxLength: 40 }), 700).map(array => Buffer.from(array)),
    fc.sample(fc.uint8Array({ minLength: 1_000, maxLength: 2_000 }), 100).map(array => Buffer.from(array)),
    Array.from({ length: 500 }, (_, index) => Buffer.from(`order-${index}`)),
  ]
  const keys = [Buffer.alloc(0), ...samples.flat()]
  const choose = byKey()
  expect(keys.map(key => choose({ key, partition: -1 }, 7))).toEqual(
    await partitionsOfJava(plaintext.brokers, topic, keys),
  )
})

describe('the topic’s largest record batch', () => {
  const limited = () => createConfigured({ 'max.message.bytes': '10000' })

  test('is known, and requests are cut to it', async () => {
    const topic = await limited()
    const producer = producerFor(plaintext)
    const records = numbered(1_000, 1).map(record => ({ ...record, key: Buffer.alloc(100) }))
    const placements = await producer.send(topic, records, soon())
    expect(placements.length).toBeGreaterThan(10)
    expect(promised(records, placements)).toEqual(stored(await recordsOfJava(plaintext.brokers, topic)))
  })

  test('holds one record that just fits, and no larger one, before anything is sent', async () => {
    const topic = await limited()
    const producer = producerFor(plaintext)
    const sized = (length: number) => recordOf(0, 'x'.repeat(length))
    const largest = Array.from({ length: 10_000 }, (_, length) => length).findLast(length =>
      fits(sized(length), 10_000),
    )
    const [fitting, tooLarge] = [sized(largest as number), sized((largest as number) + 1)]
    const sent = producer.send(topic, [recordOf(0, 'a'), tooLarge, recordOf(0, 'b')], soon())
    await expect(sent).rejects.toMatchObject({
      code: 'KAFKA_RECORD_TOO_LARGE',
      retryable: false,
      topic,
      partition: 0,
      refused: [{ index: 1 }],
    })
    await producer.send(topic, [fitting], soon())
    expect(await recordsOfJava(plaintext.brokers, topic)).toHaveLength(1)
  })

  const limit = (topic: string, value: string) => replaceTopicSettings(plaintext, topic, { 'max.message.bytes': value })

  test('may become smaller while the producer is warm', async () => {
    const topic = await limited()
    const producer = producerFor(plaintext)
    await producer.send(topic, [recordOf(0, 'first')], soon())
    await limit(topic, '1000')
    const records = numbered(100, 1).map(record => ({ ...record, key: Buffer.alloc(50) }))
    await producer.send(topic, records, soon())
    expect(valuesOf((await recordsOfJava(plaintext.brokers, topic)).slice(1), 0)).toEqual(records.map((_, i) => i))
    await expect(producer.send(topic, [recordOf(0, 'x'.repeat(2_000))], soon())).rejects.toMatchObject({
      code: 'KAFKA_RECORD_TOO_LARGE',
      refused: [{ index: 0 }],
    })
  })

  test('is looked up again before a record is refused', async () => {
    // A record that is found too large is never sent, so no broker corrects what a process remembers of the limit.
    const topic = await limited()
    const producer = producerFor(plaintext)
    const large = [recordOf(0, 'x'.repeat(20_000))]
    await expect(producer.send(topic, large, soon())).rejects.toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE' })
    await limit(topic, '30000')
    await producer.send(topic, large, soon())
    expect(await recordsOfJava(plaintext.brokers, topic)).toHaveLength(1)
  })
})

describe('when the network or the cluster fails', () => {
  test('a request whose answer is lost is stored once, however often', async () => {
    const topic = await createTopic('lossy', 3)
    const proxy = await startLossyProxy(plaintext.brokers[0] as string)
    try {
      const producer = producerFor({ ...plaintext, brokers: proxy.brokers })
      const records = numbered(3_000, 3)
      const placements = await producer.send(topic, records.slice(0, 300), soon())
      for (let start = 300; start < records.length; start += 300) {
        proxy.losses = (start / 300) % 4
        placements.push(...(await producer.send(topic, records.slice(start, start + 300), soon())))
        expect(proxy.losses).toBe(0)
      }
      const read = await recordsOfJava(plaintext.brokers, topic)
      expect(promised(records, placements)).toEqual(stored(read))
    } finally {
      await proxy.stop()
    }
  })

  // The late attempt's producer id took the place of the one in use: its records were stored twice, and the next ones not at all.
  test('an attempt that gets its producer id too late stores nothing, and the records after it are stored', async () => {
    const topic = await createTopic('late', 2)
    const proxy = await startLossyProxy(plaintext.brokers[0] as string)
    try {
      const producer = producerFor({ ...plaintext, brokers: proxy.brokers })
      const write = (deadline: number, ...records: OutgoingRecord[]) => producer.send(topic, records, deadline)
      await write(soon(), recordOf(1, 'connects'))
      const { begun, release } = proxy.hold(INIT_PRODUCER_ID, 'answer')
      const first = write(Date.now() + 6_000, recordOf(0, 'first'), recordOf(0, 'second'))
      await begun
      // Its use of the connection keeps that open.
      const beside = write(soon(), recordOf(1, 'beside'))
      await first
      release()
      await beside
      await write(soon(), recordOf(0, 'third'), recordOf(0, 'fourth'))
      const read = await recordsOfJava(plaintext.brokers, topic)
      expect(stored(read)).toEqual(['0 0 first', '0 1 second', '0 2 third', '0 3 fourth', '1 0 connects', '1 1 beside'])
    } finally {
      await proxy.stop()
    }
  })

  test('it gives up at the deadline, with an error that may be tried again', async () => {
    const [port] = await freePorts(1)
    const producer = producerFor({ ...plaintext, brokers: [`127.0.0.1:${port}`] })
    await expect(producer.send('any', [recordOf(0, 'x')], Date.now() + 1_500)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      retryable: true,
    })
  })

  test('a topic that is created meanwhile is found, one that isn’t there is named', async () => {
    const producer = producerFor(plaintext)
    const topic = uniqueName('late')
    const sent = producer.send(topic, [recordOf(0, 'x')], soon())
    await createTopics(plaintext, { [topic]: 1 })
    await expect(sent).resolves.toEqual([{ partition: 0, firstOffset: 0, records: 1 }])
    await expect(producer.send('missing', [recordOf(0, 'x')], soon())).rejects.toMatchObject({
      code: 'KAFKA_REJECTED',
      message: expect.stringContaining('missing'),
    })
  })

  test('a wrong password is refused at once, without being shown', async () => {
    const { saslSslScram512: connection } = stack.connections
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'wrong-s3cr3t' } as const
    const error = await producerFor({ ...connection, sasl })
      .send('any', [recordOf(0, 'x')], soon())
      .catch(error => error)
    expect(error).toMatchObject({ code: 'KAFKA_ACCESS_DENIED' })
    expect(JSON.stringify([error, error.message])).not.toContain('s3cr3t')
  })
})
