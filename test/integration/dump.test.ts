import { readFileSync } from 'node:fs'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { KafkaMessage } from 'kafkajs'
import { type CompressionName, compressions } from '../../lib/formats/compression.ts'
import { json } from '../../lib/formats/json.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { startKafka } from '../../local/kafka-broker.ts'
import { freePorts } from '../../local/ports.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { createTopics } from '../../local/topics.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

const file = new URL('../../functions/dump.ts', import.meta.url).pathname
const sample = (name: string) => JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), 'utf8'))
const base64 = (text: string) => Buffer.from(text).toString('base64')

function storeVariables({ endpoint = '', credentials } = stack.store, bucket = 'no-such-bucket') {
  return {
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
}

const scram = () => {
  const { brokers, ca = '', sasl } = stack.connections.saslSslScram512
  return {
    SOURCE_KAFKA_BROKERS: brokers.join(),
    SOURCE_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    SOURCE_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    SOURCE_KAFKA_USERNAME: sasl?.username ?? '',
    SOURCE_KAFKA_PASSWORD: sasl?.password ?? '',
    SOURCE_KAFKA_CA: ca.replaceAll('\n', '\\n'),
  }
}

const plaintext = () => ({ SOURCE_KAFKA_BROKERS: stack.connections.plaintext.brokers.join() })

const PARTITION = 'kafka-functions.partition'
const OFFSET = 'kafka-functions.offset'

/** An event of one partition with the given records. */
function eventOf(topic: string, records: object[]) {
  return {
    eventSource: 'SelfManagedKafka',
    records: { [`${topic}-0`]: records.map(record => ({ topic, partition: 0, ...record })) },
  }
}

const twoRecords = [
  {
    offset: 7,
    timestamp: 1_767_225_600_000,
    key: base64('k'),
    value: base64('v'),
    headers: [{ source: [119, 101, 98] }],
  },
  { offset: 9, timestamp: 1_767_225_600_001, value: null, headers: [] },
]

let bucketName: string
let bucket: ObjectStore
let dump: FunctionProcess | undefined

beforeEach(async () => {
  bucketName = uniqueName('dump')
  bucket = await openBucket({ ...stack.store, bucket: bucketName })
})

afterEach(async () => {
  await dump?.stop()
  dump = undefined
})

const keys = () => Array.fromAsync(bucket.list(''), ({ key }) => key)

function start(environment: Record<string, string> = {}): FunctionProcess {
  dump = new FunctionProcess(file, { ...storeVariables(stack.store, bucketName), ...environment })
  return dump
}

describe('dump writes', () => {
  test.each<[CompressionName, string, string | undefined]>([
    ['none', '', undefined],
    ['gzip', '.gz', 'gzip'],
    ['zstd', '.zst', 'zstd'],
  ])('one object per topic-partition, with compression %s', async (compression, extension, encoding) => {
    const event = sample('aws-odd-cases')
    await expect(start({ COMPRESSION: compression, OBJECT_PREFIX: 'lake/raw' }).invoke(event)).resolves.toEqual({})
    expect(await keys()).toEqual([
      `lake/raw/my-odd-topic/partition=0/my-odd-topic+0+0000000100-0000000110.json${extension}`,
      `lake/raw/my-odd-topic/partition=12/my-odd-topic+12+0000000005-0000000005.json${extension}`,
      `lake/raw/other.topic_2/partition=0/other.topic_2+0+0000000000-0000000000.json${extension}`,
    ])
    const [key = ''] = await keys()
    const client = new S3Client(stack.store)
    const head = await client.send(new GetObjectCommand({ Bucket: bucketName, Key: key }))
    expect(head).toMatchObject({
      ContentType: 'application/json',
      Metadata: { 'first-offset': '100', 'last-offset': '110', 'record-count': '10' },
    })
    expect(head.ContentEncoding || undefined).toBe(encoding)
    const written = await json.decode(await compressions[compression].decompress(await bucket.get(key)))
    expect(written).toEqual(detectPlatform(event).toBatches(event)[0]?.records)
    client.destroy()
  })

  test('the same object, byte for byte, when the same event comes again', async () => {
    const first = start()
    await first.invoke(sample('aws-msk'))
    const before = await Promise.all((await keys()).map(key => bucket.get(key)))
    await first.invoke(sample('aws-msk'))
    await first.stop()
    await start().invoke(sample('aws-msk'))
    expect(await Promise.all((await keys()).map(key => bucket.get(key)))).toEqual(before)
    expect(before).toHaveLength(2)
  })

  test('an event of 6 MB and 64 partitions', async () => {
    const topic = uniqueName('wide')
    const records = Object.fromEntries(
      Array.from({ length: 64 }, (_, partition) => [
        `${topic}-${partition}`,
        Array.from({ length: 68 }, (_, offset) => ({
          topic,
          partition,
          offset,
          timestamp: 0,
          value: base64('x'.repeat(1000)),
        })),
      ]),
    )
    await expect(start().invoke({ eventSource: 'aws:kafka', records })).resolves.toEqual({})
    expect(await keys()).toHaveLength(64)
  })

  test('nothing for an event that is not one of Kafka, and says what it saw', async () => {
    await expect(start().invoke({ Records: [{ eventSource: 'aws:sqs', body: 'the payload' }] })).resolves.toEqual({
      error: { name: 'EVENT_UNKNOWN', message: expect.stringContaining('an object with the fields [Records]') },
    })
    expect(await keys()).toEqual([])
  })
})

describe('a record that can’t be decoded', () => {
  const event = (topic: string) =>
    eventOf(topic, [
      twoRecords[0] as object,
      { offset: 8, key: base64('k'), value: 'no base64!' },
      twoRecords[1] as object,
    ])

  test('goes to the abnormal-data topic, the rest of its batch to the bucket', async () => {
    const abnormalDataTopic = await createTopic('abnormal')
    const outcome = await start({ ...plaintext(), ABNORMAL_DATA_TOPIC: abnormalDataTopic }).invoke(event('orders'))
    expect(outcome).toEqual({})
    expect(await keys()).toEqual(['orders/partition=0/orders+0+0000000007-0000000009.json.gz'])
    const [record] = await readTopic(stack.connections.plaintext, abnormalDataTopic, 1)
    expect([record?.key?.toString(), record?.value?.toString()]).toEqual(['k', 'no base64!'])
    expect(headersAsText(record as never)).toEqual({
      'kafka-functions.topic': 'orders',
      'kafka-functions.partition': '0',
      'kafka-functions.offset': '8',
      'kafka-functions.error-code': 'RECORD_UNDECODABLE',
      'kafka-functions.connector': 'dump',
      'kafka-functions.failed-at': expect.stringMatching(/^\d{13}$/),
      'kafka-functions.timestamp': `${record?.timestamp}`,
    })
  })

  test('is named in the log when there is no such topic', async () => {
    const function_ = start()
    await expect(function_.invoke(event('orders'))).resolves.toEqual({})
    const line = (await function_.stop()).split('\n').find(line => line.includes('"level":"ERROR"'))
    expect(JSON.parse(line ?? '')).toMatchObject({
      topic: 'orders',
      partition: 0,
      firstOffset: 8,
      lastOffset: 8,
      errorCode: 'RECORD_UNDECODABLE',
    })
    expect(line).not.toContain('no base64!')
  })

  test('stops its partition under policy fail, after the records before it', async () => {
    const outcome = await start({ FAILURE_POLICY: 'fail', PARTIAL_BATCH_RESPONSES: 'true' }).invoke(event('orders'))
    expect(outcome.response).toEqual({
      batchItemFailures: [8, 9].map(offset => ({ itemIdentifier: { partition: 'orders-0', offset } })),
    })
    expect(await keys()).toEqual(['orders/partition=0/orders+0+0000000007-0000000007.json.gz'])
  })
})

describe('a batch that can’t be delivered', () => {
  const missingBucket = storeVariables()

  test('goes to the dead letter, over SASL_SSL and SCRAM-SHA-512, with key, value and headers as they were', async () => {
    const deadLetterTopic = await createTopic('dead')
    const function_ = start({
      ...missingBucket,
      ...scram(),
      DEAD_LETTER_TOPIC: deadLetterTopic,
      CONNECTOR_NAME: 'to-lake',
    })
    await expect(function_.invoke(eventOf('orders', twoRecords))).resolves.toEqual({})
    const [first, second] = await readTopic(stack.connections.plaintext, deadLetterTopic, 2)
    expect(first).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: '1767225600000' })
    expect(second).toMatchObject({ key: null, value: null, timestamp: '1767225600001' })
    expect(headersAsText(first as never)).toEqual({
      source: 'web',
      'kafka-functions.topic': 'orders',
      'kafka-functions.partition': '0',
      'kafka-functions.offset': '7',
      'kafka-functions.error-code': 'STORE_BUCKET_MISSING',
      'kafka-functions.connector': 'to-lake',
      'kafka-functions.failed-at': expect.stringMatching(/^\d{13}$/),
      'kafka-functions.timestamp': '1767225600000',
    })
  })

  test('goes there whole when it is larger than one request', async () => {
    const deadLetterTopic = await createTopic('dead', 3)
    const value = base64('x'.repeat(1500))
    const records = Array.from({ length: 3000 }, (_, offset) => ({
      offset,
      timestamp: 1,
      key: base64(`${offset}`),
      value,
    }))
    await expect(
      start({ ...missingBucket, ...plaintext(), DEAD_LETTER_TOPIC: deadLetterTopic }).invoke(
        eventOf('orders', records),
      ),
    ).resolves.toEqual({})
    const read = await readTopic(stack.connections.plaintext, deadLetterTopic, 3000)
    expect(new Set(read.map(({ key }) => key?.toString())).size).toBe(3000)
  })

  test('fails the invocation under either policy when the dead letter is unreachable, too', async () => {
    const [port] = await freePorts(1)
    const unreachable = { SOURCE_KAFKA_BROKERS: `127.0.0.1:${port}`, DEAD_LETTER_TOPIC: 'dead' }
    const outcome = await start({ ...missingBucket, ...unreachable }).invoke(eventOf('orders', twoRecords), 3_000)
    expect(outcome.error?.name).toBe('DEAD_LETTER_UNREACHABLE')
  })

  test('is listed from its first record on under policy fail, or fails the invocation without partial responses', async () => {
    const policy = { ...missingBucket, FAILURE_POLICY: 'fail' }
    const partial = start({ ...policy, PARTIAL_BATCH_RESPONSES: 'true' })
    await expect(partial.invoke(eventOf('orders', twoRecords))).resolves.toEqual({
      response: { batchItemFailures: [7, 9].map(offset => ({ itemIdentifier: { partition: 'orders-0', offset } })) },
    })
    await partial.stop()
    const outcome = await start(policy).invoke(eventOf('orders', twoRecords))
    expect(outcome.error).toMatchObject({
      name: 'STORE_BUCKET_MISSING',
      message: expect.stringContaining('no-such-bucket'),
    })
  })
})

describe('a store or broker that is away for a while', () => {
  test('the store: the write is repeated within the invocation', async () => {
    const s3 = await startS3Proxy()
    try {
      const settings = { ...s3.address, bucket: 'away' }
      const away = await openBucket(settings)
      const function_ = start({ ...storeVariables(s3.address, 'away'), FAILURE_POLICY: 'fail' })
      await function_.invoke(sample('aws-self-managed'))
      const restarted = s3.restart()
      await expect(function_.invoke(sample('aws-msk'), 30_000)).resolves.toEqual({})
      await restarted
      expect(await Array.fromAsync(away.list(''))).toHaveLength(3)
    } finally {
      await s3.stop()
    }
  })

  test('the broker: a warm producer connects anew', async () => {
    const kafka = await startKafka()
    try {
      await createTopics(kafka.connections.plaintext, { dead: 1 })
      const function_ = start({ ...storeVariables(), SOURCE_KAFKA_BROKERS: kafka.brokers, DEAD_LETTER_TOPIC: 'dead' })
      await expect(function_.invoke(eventOf('orders', twoRecords))).resolves.toEqual({})
      const restarted = kafka.restart()
      // Many partitions at once: one request's error must not fail those beside it.
      const partitions = Array.from({ length: 12 }, (_, partition) => [
        `orders-${partition}`,
        twoRecords.map(record => ({ topic: 'orders', partition, ...record })),
      ])
      const wide = { eventSource: 'aws:kafka', records: Object.fromEntries(partitions) }
      await expect(function_.invoke(wide, 60_000)).resolves.toEqual({})
      await restarted
      // A request whose answer was lost may be repeated, so a record may be there twice; none may be missing.
      const places = (records: KafkaMessage[]) =>
        new Set(records.map(headersAsText).map(headers => `${headers[PARTITION]} ${headers[OFFSET]}`))
      const read = await readTopic(kafka.connections.plaintext, 'dead', records => places(records).size === 24)
      expect(places(read).size).toBe(24)
    } finally {
      await kafka.stop()
    }
  })
})

describe('secrets', () => {
  test('of the store stay out of log and error when they are wrong', async () => {
    const function_ = start({ S3_SECRET_ACCESS_KEY: 'wrong-s3cr3t', FAILURE_POLICY: 'fail' })
    const outcome = await function_.invoke(eventOf('orders', twoRecords))
    expect(outcome.error?.name).toBe('STORE_ACCESS_DENIED')
    expect(await function_.stop()).not.toContain('s3cr3t')
  })

  test('of the cluster stay out of log and error when they are wrong', async () => {
    const wrong = { ...scram(), SOURCE_KAFKA_PASSWORD: 'wrong-s3cr3t', DEAD_LETTER_TOPIC: 'dead' }
    const function_ = start({ ...storeVariables(), ...wrong })
    const outcome = await function_.invoke(eventOf('orders', twoRecords))
    expect(outcome.error?.name).toBe('DEAD_LETTER_UNREACHABLE')
    const output = await function_.stop()
    expect(output).toContain('KAFKA_ACCESS_DENIED')
    expect(output).not.toContain('s3cr3t')
  })
})

test('a wrong configuration fails the start, naming every wrong variable', async () => {
  const { error } = await start({ COMPRESSION: 'lzo', S3_BUCKET: '', S3_ENDPOINT: 'nowhere' }).invoke({})
  expect(error?.message).toContain('COMPRESSION: expected one of none, gzip, zstd, got "lzo"')
  expect(error?.message).toContain('S3_BUCKET: expected a bucket name')
  expect(error?.message).toContain('S3_ENDPOINT: expected a URL')
})
