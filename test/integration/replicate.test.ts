import fc from 'fast-check'
import type { KafkaMessage } from 'kafkajs'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { offsetMapTopic, offsetSyncsTopic } from '../../lib/replication/offsets/offset-sync.ts'
import { SOURCE_HEADER } from '../../lib/replication/source-header.ts'
import { freePorts } from '../../local/ports.ts'
import { bytes, headers } from '../support/arbitrary-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { CREATE_TOPICS, type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts'
import { Cluster, type KafkaEvent, type Polling } from '../support/offline-polling.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

const file = new URL('../../functions/replicate.ts', import.meta.url).pathname

/** Some seconds pass before a topic that does not exist counts as deleted. */
const DELETED_MS = 60_000

const a = new Cluster()
const b = new Cluster(stack.target.plaintext)
const adminA = createAdmin(a.connection, 'test')
const adminB = createAdmin(b.connection, 'test')
const producer = createProducer(a.connection, { clientId: 'test' })
let functions: FunctionProcess[] = []

beforeAll(() => Promise.all([a.open(), b.open()]))

afterEach(async () => {
  await Promise.all([a.stopAll(), b.stopAll()])
  await Promise.all(functions.map(function_ => function_.stop()))
  functions = []
})

afterAll(() => Promise.all([a.close(), b.close(), producer.close()]))

/** The function with A as its source and B, over SASL_SSL with SCRAM-SHA-512, as its target. */
function start(environment: Record<string, string> = {}): FunctionProcess {
  const function_ = new FunctionProcess(file, {
    AWS_LAMBDA_FUNCTION_NAME: 'replicate',
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    ...clusterEnvironment('SOURCE', a.connection),
    ...clusterEnvironment('TARGET', stack.target.saslSslScram512),
    ...environment,
  })
  functions.push(function_)
  return function_
}

/** Polls a topic of A with the function, as a trigger does. */
function trigger(function_: FunctionProcess, topic: string, cluster = a): Polling {
  return cluster.poll(topic, event => function_.respond(event))
}

/** Polls until the group is at the end of the topic. */
async function replicateAll(function_: FunctionProcess, topic: string): Promise<void> {
  const { groupId } = trigger(function_, topic)
  await a.untilRead(groupId, topic)
}

const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ key: `k${(from + index) % 7}`, value: `value ${from + index}` }))

const valuesOf = (records: KafkaMessage[]) => records.map(({ value }) => value?.toString())

/** An event of one partition, for tests that need no trigger. */
function eventOf(topic: string, values: (string | Buffer)[], partition = 0): KafkaEvent {
  const records = values.map((value, offset) => ({
    topic,
    partition,
    offset,
    timestamp: 1_767_225_600_000,
    value: Buffer.from(value).toString('base64'),
  }))
  return { eventSource: 'SelfManagedKafka', bootstrapServers: '', records: { [`${topic}-${partition}`]: records } }
}

describe('records on the target', () => {
  test('keep key, value, headers, timestamp, partition and order, byte for byte', async () => {
    const topic = await a.createTopic(3)
    const contents = fc.sample(
      fc.record({ key: bytes, value: bytes, headers, timestamp: fc.integer({ min: 0, max: 1_767_225_600_000 }) }),
      { numRuns: 600, seed: 4 },
    )
    const records = contents.map((content, index) => ({ ...content, partition: index % 3 }))
    await producer.send(topic, records, Date.now() + 10_000)
    await replicateAll(start(), topic)
    const comparable = ({ key, value, headers, timestamp, offset }: KafkaMessage) => ({
      key,
      value,
      headers,
      timestamp,
      offset,
    })
    const [source, target] = await Promise.all([a.read(topic, 600), b.read(`a.${topic}`, 600)])
    for (const partition of [0, 1, 2]) {
      expect(source.get(partition)).toHaveLength(200)
      expect(target.get(partition)?.map(comparable)).toEqual(source.get(partition)?.map(comparable))
    }
    expect(records.some(({ value }) => value === null) && records.some(({ value }) => value?.length === 0)).toBe(true)
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('are the same with compression %s', async compression => {
    const topic = await a.createTopic(1)
    await a.produce(topic, 0, numbered(100))
    await replicateAll(start({ COMPRESSION_TYPE: compression }), topic)
    expect(valuesOf(await readTopic(b.connection, `a.${topic}`, 100))).toEqual(numbered(100).map(({ value }) => value))
  })

  test('are where a Java producer puts their key, or spread evenly, when asked for', async () => {
    const [topic, other] = [await a.createTopic(1), await a.createTopic(1)]
    // Source: Apache Kafka, `UtilsTest.testMurmur2`; a producer puts a key at its positive hash modulo the partitions.
    const murmur2 = new Map([
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
    ])
    const values = numbered(60).map(({ value }) => value)
    await b.createTopic(4, `a.${topic}`)
    await b.createTopic(4, `a.${other}`)
    await a.produce(
      topic,
      0,
      [...murmur2.keys()].map(key => ({ key, value: key })),
    )
    await a.produce(other, 0, values)
    await replicateAll(start({ PARTITIONER: 'key' }), topic)
    await replicateAll(start({ PARTITIONER: 'round-robin' }), other)
    for (const partition of [0, 1, 2, 3]) {
      const here = [...murmur2].filter(([, hash]) => (hash & 0x7fffffff) % 4 === partition)
      expect((await b.ends(`a.${topic}`))[partition]).toBe(here.length)
    }
    expect(await b.ends(`a.${other}`)).toEqual([15, 15, 15, 15])
  })
})

describe('target topics', () => {
  test('are created with the source’s partitions and settings, except those that are a cluster’s own', async () => {
    const topic = uniqueName('settings')
    const settings = { 'retention.ms': '123456789', 'max.message.bytes': '5000000', 'min.insync.replicas': '1' }
    await adminA.createTopic({ topic, partitions: 5, replicas: 1, settings })
    await a.produce(topic, 1, ['value'])
    await replicateAll(start(), topic)
    const remote = `a.${topic}`
    expect(await adminB.partitionCount(remote)).toBe(5)
    expect((await adminB.topicSettings([remote])).get(remote)).toEqual({
      'retention.ms': '123456789',
      'max.message.bytes': '5000000',
    })
  })

  test('have room for the record’s partition when the source cluster is not known', async () => {
    const topic = uniqueName('unknown')
    const function_ = start({ SOURCE_KAFKA_BROKERS: '' })
    await expect(function_.invoke(eventOf(topic, ['value'], 6))).resolves.toEqual({})
    expect(await b.ends(`a.${topic}`)).toEqual([0, 0, 0, 0, 0, 0, 1])
  })

  test('are grown when they have fewer partitions', async () => {
    const topic = await a.createTopic(4)
    await b.createTopic(2, `a.${topic}`)
    const function_ = start()
    const polling = trigger(function_, topic)
    await a.produce(topic, 1, ['value'])
    await a.untilRead(polling.groupId, topic)
    expect(await adminB.partitionCount(`a.${topic}`)).toBe(2)
    await a.produce(topic, 3, ['value'])
    await a.untilRead(polling.groupId, topic)
    expect(await b.ends(`a.${topic}`)).toEqual([0, 1, 0, 1])
  })

  test.each<[string, Record<string, string>, (topic: string) => string]>([
    ['keep their names with policy identity', { REPLICATION_POLICY: 'identity' }, topic => topic],
    ['are renamed with another separator', { SEPARATOR: '--' }, topic => `a--${topic}`],
    ['are a single one with kafka_topic_name', { kafka_topic_name: 'all-in-one' }, () => 'all-in-one'],
  ])('%s', async (_, environment, nameOf) => {
    const topic = await a.createTopic(1)
    await a.produce(topic, 0, ['value'])
    await replicateAll(start(environment), topic)
    expect(await b.count(nameOf(topic))).toBe(1)
  })

  test('are named by a mapping, internal ones too, while others keep their names', async () => {
    const [plain, internal] = [await a.createTopic(1), await a.createTopic(1, uniqueName('my.internal'))]
    const renamed = uniqueName('renamed')
    const function_ = start({ TOPIC_MAPPING: JSON.stringify({ [internal]: renamed }) })
    for (const topic of [plain, internal]) await a.produce(topic, 0, ['value'])
    for (const topic of [plain, internal]) await replicateAll(function_, topic)
    expect(await b.count(renamed)).toBe(1)
    expect(await b.count(plain)).toBe(1)
  })

  test('do not arise from internal topics, heartbeats or our own topics', async () => {
    // Part of every name that could arise, whatever other tests create on the target meanwhile.
    const alias = uniqueName('none')
    const abnormalDataTopic = `${alias}-abnormal-data`
    const function_ = start({ SOURCE_ALIAS: alias, ABNORMAL_DATA_TOPIC: abnormalDataTopic })
    const internal = [`${alias}.checkpoints.internal`, 'heartbeats', '__consumer_offsets']
    for (const topic of [...internal, abnormalDataTopic, `b.${alias}`]) {
      await expect(function_.invoke(eventOf(topic, ['value']))).resolves.toEqual({})
    }
    expect((await b.topics()).filter(topic => topic.includes(alias))).toEqual([])
    expect(await function_.stop()).toContain('"reason":"came from the target"')
  })
})

describe('two directions', () => {
  /** Replicates in both directions, on the same topics, until nothing moves any more. */
  async function bothWays(topics: [Cluster, string][], environment: Record<string, string>) {
    const toB = start(environment)
    const toA = start({
      SOURCE_ALIAS: 'b',
      TARGET_ALIAS: 'a',
      ...clusterEnvironment('SOURCE', b.connection),
      ...clusterEnvironment('TARGET', a.connection),
      ...environment,
    })
    const pollings = topics.map(([cluster, topic]) => ({
      cluster,
      topic,
      polling: trigger(cluster === a ? toB : toA, topic, cluster),
    }))
    // A record that returns to its source moves the end of a topic that a group has just finished reading.
    const rounds = 3
    for (let round = 0; round < rounds; round++) {
      for (const { cluster, topic, polling } of pollings) await cluster.untilRead(polling.groupId, topic)
    }
    return pollings.map(({ polling }) => polling)
  }

  test('with policy identity: the source header stops a record from returning', async () => {
    const topic = uniqueName('both')
    await Promise.all([a.createTopic(2, topic), b.createTopic(2, topic)])
    for (const partition of [0, 1]) {
      await a.produce(topic, partition, numbered(100))
      await b.produce(topic, partition, numbered(50))
    }
    const both: [Cluster, string][] = [
      [a, topic],
      [b, topic],
    ]
    await bothWays(both, { REPLICATION_POLICY: 'identity', ADD_SOURCE_HEADER: 'true' })
    expect([await a.count(topic), await b.count(topic)]).toEqual([300, 300])
    const records = await readTopic(b.connection, topic, 300)
    const sources = records.map(record => headersAsText(record)[SOURCE_HEADER])
    expect(sources.filter(source => source === 'a')).toHaveLength(200)
    expect(sources.filter(source => source === undefined)).toHaveLength(100)
  })

  test('with renaming: a remote topic is not sent back', async () => {
    const topic = uniqueName('renamed')
    await Promise.all([a.createTopic(1, topic), b.createTopic(1, topic)])
    await Promise.all([a.createTopic(1, `b.${topic}`), b.createTopic(1, `a.${topic}`)])
    await a.produce(topic, 0, numbered(10))
    await b.produce(topic, 0, numbered(20))
    const all: [Cluster, string][] = [
      [a, topic],
      [b, topic],
      [a, `b.${topic}`],
      [b, `a.${topic}`],
    ]
    await bothWays(all, {})
    expect(await Promise.all(all.map(([cluster, name]) => cluster.count(name)))).toEqual([10, 20, 20, 10])
    const names = [...(await a.topics()), ...(await b.topics())].filter(name => name.endsWith(topic))
    expect(names.toSorted()).toEqual([`a.${topic}`, `b.${topic}`, topic, topic].toSorted())
  })
})

describe('a record that is too large for the target', () => {
  const values = ['first', Buffer.alloc(3_000, 1), 'third', Buffer.alloc(4_000, 1), 'fifth']

  async function smallTarget(): Promise<string> {
    const topic = uniqueName('large')
    const settings = { 'max.message.bytes': '2000' }
    await adminB.createTopic({ topic: `a.${topic}`, partitions: 1, replicas: 1, settings })
    return topic
  }

  test('is abnormal data with its cause; the rest of its batch is delivered', async () => {
    const [topic, abnormalDataTopic] = [await smallTarget(), await a.createTopic(1)]
    const function_ = start({ ABNORMAL_DATA_TOPIC: abnormalDataTopic })
    await expect(function_.invoke(eventOf(topic, values))).resolves.toEqual({})
    expect(valuesOf(await readTopic(b.connection, `a.${topic}`, 3))).toEqual(['first', 'third', 'fifth'])
    const abnormal = await readTopic(a.connection, abnormalDataTopic, 2)
    expect(abnormal.map(({ value }) => value)).toEqual([values[1], values[3]])
    expect(abnormal.map(headersAsText)).toMatchObject(
      [1, 3].map(offset => ({
        'kafka-functions.topic': topic,
        'kafka-functions.offset': `${offset}`,
        'kafka-functions.error-code': 'KAFKA_RECORD_TOO_LARGE',
      })),
    )
    expect(await function_.stop()).toContain(`The record is larger than the 2000 bytes that a.${topic} allows.`)
  })

  test('stops its partition under policy fail, after the records before it', async () => {
    const topic = await smallTarget()
    const function_ = start({ FAILURE_POLICY: 'fail', PARTIAL_BATCH_RESPONSES: 'true' })
    await expect(function_.invoke(eventOf(topic, values))).resolves.toEqual({
      response: {
        batchItemFailures: [1, 2, 3, 4].map(offset => ({ itemIdentifier: { partition: `${topic}-0`, offset } })),
      },
    })
    expect(await b.count(`a.${topic}`)).toBe(1)
  })
})

describe('a target that is away', () => {
  test('for longer than an invocation is a clear error, or goes to the dead letter of the source', async () => {
    const [port] = await freePorts(1)
    const away = { ...clusterEnvironment('TARGET', { brokers: [`127.0.0.1:${port}`], securityProtocol: 'PLAINTEXT' }) }
    const failing = start({ ...away, FAILURE_POLICY: 'fail' })
    const outcome = await failing.invoke(eventOf('orders', ['value']), 3_000)
    expect(outcome.error).toMatchObject({ name: 'KAFKA_UNAVAILABLE', message: expect.stringContaining(`${port}`) })
    const deadLetterTopic = await a.createTopic(1)
    const function_ = start({ ...away, DEAD_LETTER_TOPIC: deadLetterTopic, FAILURE_POLICY: 'log' })
    await expect(function_.invoke(eventOf('orders', ['value']), 20_000)).resolves.toEqual({})
    const [record] = await readTopic(a.connection, deadLetterTopic, 1)
    expect(headersAsText(record as KafkaMessage)).toMatchObject({
      'kafka-functions.topic': 'orders',
      'kafka-functions.error-code': 'KAFKA_UNAVAILABLE',
    })
  })
})

// Records are written first, their offsets on the target after them. A failure of the second step used to repeat the first:
// after a few seconds of failures a batch was on the target half a dozen times, and then went to the dead letter.
describe('when the cluster of the offset topics fails', () => {
  let proxy: LossyProxy
  afterEach(() => proxy.stop())

  /** The function behind a network that loses traffic to the source, which holds offset topics that only this function uses. */
  async function startBehindProxy(...loss: [lost?: number, way?: 'request']) {
    proxy = await startLossyProxy(a.connection.brokers[0] as string, ...loss)
    const environment = { TARGET_ALIAS: uniqueName('ob'), FAILURE_POLICY: 'fail' }
    return start({ ...environment, ...clusterEnvironment('SOURCE', { ...a.connection, brokers: proxy.brokers }) })
  }

  test('to create them: nothing is written until they exist, then each record once', async () => {
    const topic = await a.createTopic(1)
    const function_ = await startBehindProxy(CREATE_TOPICS, 'request')
    proxy.losses = Number.POSITIVE_INFINITY
    expect((await function_.invoke(eventOf(topic, ['value']), 5_000)).error?.name).toBe('KAFKA_UNAVAILABLE')
    expect(await b.count(`a.${topic}`)).toBe(0)
    proxy.losses = 4
    await expect(function_.invoke(eventOf(topic, ['value']))).resolves.toEqual({})
    expect([await b.count(`a.${topic}`), proxy.losses]).toEqual([1, 0])
  })

  test('to take records: each record is written once, and the batch fails unless the failure ends in time', async () => {
    const topic = await a.createTopic(1)
    const function_ = await startBehindProxy()
    await expect(function_.invoke(eventOf(topic, ['value']))).resolves.toEqual({})
    proxy.losses = Number.POSITIVE_INFINITY
    expect((await function_.invoke(eventOf(topic, ['value']), 5_000)).error).toMatchObject({
      name: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('The records are on the target, but their offsets could not be written'),
    })
    expect(await b.count(`a.${topic}`)).toBe(2)
    proxy.losses = 4
    await expect(function_.invoke(eventOf(topic, ['value']))).resolves.toEqual({})
    expect([await b.count(`a.${topic}`), proxy.losses]).toEqual([3, 0])
  })
})

// An instance remembers for its whole life which topics exist. When one had been deleted, a batch was left out on the target,
// and every batch from then on in the offset topics.
test('topics that are deleted under a warm instance are created again: no batch is left out or written twice', async () => {
  const [topic, targetAlias] = [await a.createTopic(1), uniqueName('ob')]
  const internal = [offsetSyncsTopic(targetAlias), offsetMapTopic(targetAlias)]
  const deadLetterTopic = await a.createTopic(1)
  const function_ = start({ TARGET_ALIAS: targetAlias, DEAD_LETTER_TOPIC: deadLetterTopic })
  await expect(function_.invoke(eventOf(topic, ['first']))).resolves.toEqual({})
  await b.deleteTopic(`a.${topic}`)
  await expect(function_.invoke(eventOf(topic, ['second']), DELETED_MS)).resolves.toEqual({})
  for (const internalTopic of internal) await a.deleteTopic(internalTopic)
  await expect(function_.invoke(eventOf(topic, ['third']), DELETED_MS)).resolves.toEqual({})
  expect(valuesOf(await readTopic(b.connection, `a.${topic}`, 2))).toEqual(['second', 'third'])
  for (const internalTopic of internal) expect(await a.count(internalTopic)).toBeGreaterThan(0)
  expect(await a.count(deadLetterTopic)).toBe(0)
})

describe('a wrong configuration', () => {
  test.each(['log', 'fail'])('of one cluster behind two addresses is refused under policy %s', async policy => {
    const same = clusterEnvironment('TARGET', stack.connections.saslSslPlain)
    const outcome = await start({ ...same, FAILURE_POLICY: policy }).invoke(eventOf('orders', ['value']))
    expect(outcome.error).toMatchObject({
      name: 'CONFIG_INVALID',
      message: expect.stringContaining('TARGET_KAFKA_BROKERS: expected another cluster than SOURCE_KAFKA_BROKERS'),
    })
  })

  test('fails the start, naming every wrong variable', async () => {
    const wrong = { TARGET_ALIAS: 'a', COMPRESSION_TYPE: 'lzo', TARGET_KAFKA_BROKERS: a.connection.brokers.join() }
    const { error } = await start(wrong).invoke({})
    for (const name of Object.keys(wrong)) expect(error?.message).toContain(`${name}: expected`)
  })

  test('of the target’s password keeps the secret out of log and error', async () => {
    const function_ = start({ TARGET_KAFKA_PASSWORD: 'wrong-s3cr3t', FAILURE_POLICY: 'fail' })
    const { error } = await function_.invoke(eventOf('orders', ['value']))
    expect(error?.name).toBe('KAFKA_ACCESS_DENIED')
    expect(await function_.stop()).not.toContain('s3cr3t')
  })
})
