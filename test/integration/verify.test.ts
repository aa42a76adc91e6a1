import { Kafka, logLevel } from 'kafkajs'
import type { StreamingContext } from '../../lib/connectors/commands/command.ts'
import type { Connector } from '../../lib/connectors/declaration/connector.ts'
import { checkEnvironment } from '../../lib/connectors/resources/environment.ts'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { VerifyReport } from '../../lib/verify/report.ts'
import { openBucket } from '../../local/bucket.ts'
import { createTopics } from '../../local/topics.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { commandContext, read, replicate, SERVICE } from '../support/connectors.ts'
import { testDump } from '../support/dumped.ts'
import { produceWithGaps } from '../support/gap-topic.ts'
import { type PrintedOptions, performed } from '../support/printed-documents.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const { plaintext } = stack.connections
const target = stack.target.plaintext
const bucket = uniqueName('verify')

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
})

/** What a broker takes with its defaults. */
const awkward = Object.values(awkwardRecords)
  .filter(({ timestamp = 0, value }) => timestamp >= -1 && (value?.length ?? 0) < 1_000_000)
  .map((fields, index) => awkwardRecord({ ...fields, offset: index }, index))

async function produce(connection: KafkaSettings, topic: string, records: KafkaRecord[]): Promise<void> {
  const producer = createProducer(connection, { clientId: 'test' })
  try {
    await producer.send(topic, records, Date.now() + 20_000)
  } finally {
    await producer.close()
  }
}

/** A dump of a topic of the tests' cluster, of which the objects are written by hand. */
function dumpOf(topic: string, to: object = {}) {
  const dumped = testDump(uniqueName('dump'), bucket, { format: 'jsonl', ...to }, { source: { topics: [topic] } })
  return { ...dumped, environment: { ...dumped.environment, ...environmentOf(dumped.connector) } }
}

/** The variables of a connector's function `check`, on the tests' clusters. */
function environmentOf(connector: Connector): Record<string, string> {
  const all = Object.entries(checkEnvironment(connector, SERVICE, 'group') as Record<string, string>)
  const declared = Object.fromEntries(all.filter(([name]) => !name.endsWith('_SECRET_ARN')))
  const written = connector.kind === 'replicate' ? clusterEnvironment('TARGET', target) : {}
  return { ...declared, ...clusterEnvironment('SOURCE', plaintext), ...written }
}

type Verified = VerifyReport & { error?: string }

/** The report, and the message with which the command failed. */
async function verified(
  { connector, environment }: { connector: Connector; environment: Record<string, string> },
  options: PrintedOptions = {},
): Promise<Verified> {
  let text = ''
  const context: StreamingContext = commandContext([connector], environment, written => {
    text += written
  })
  const run = performed('verify', context, { name: connector.name, json: true, ...options }, () => text)
  const error = await run.then(
    () => undefined,
    ({ message }: Error) => message,
  )
  if (text === '') throw new Error(error)
  return { ...JSON.parse(text), error }
}

async function printed({ connector, environment }: Parameters<typeof verified>[0]): Promise<string> {
  let text = ''
  const context = commandContext([connector], environment, written => {
    text += written
  })
  await performed('verify', context, { name: connector.name }, () => text).catch(() => {})
  return text
}

test('a dump that has what the topic has is the same, in every format, and what is newer isn’t dumped yet', async () => {
  const topic = await createTopic('same', 4)
  await produce(plaintext, topic, awkward)
  const records = await recordsOfJava(plaintext.brokers, topic)
  const dumps = ['json', 'jsonl', 'avro', 'parquet'].map(format => dumpOf(topic, { format }))
  for (const dump of dumps) {
    // Objects that overlap, as retries leave them.
    await dump.write(records.slice(0, 20))
    await dump.write(records.slice(10, 24))
    const { error, intact, partitions, notCompared } = await verified(dump)
    expect(error).toBeUndefined()
    expect({ intact, notCompared }).toEqual({ intact: true, notCompared: [] })
    expect(partitions).toMatchObject([{ topic, partition: 3, equal: 24, notYet: records.length - 24, before: 0 }])
    expect(partitions[0]?.digestFirst).toBe(partitions[0]?.digestSecond)
  }
})

test('what differs is told by offset and field, and the command fails', async () => {
  const topic = await createTopic('faults', 2)
  await produce(
    plaintext,
    topic,
    Array.from({ length: 20 }, (_, index) =>
      awkwardRecord({ partition: 0, headers: [{ key: 'h', value: Buffer.from('1') }] }, index),
    ),
  )
  await produce(plaintext, topic, [awkwardRecord({ partition: 1 })])
  const records = (await recordsOfJava(plaintext.brokers, topic)).filter(({ partition }) => partition === 0)
  const changed = records.map(record => ({ ...record }))
  Object.assign(changed[3] as object, { headers: [] })
  const [one, other] = [records[7] as KafkaRecord, records[8] as KafkaRecord]
  Object.assign(changed[7] as object, { key: other.key, timestamp: other.timestamp })
  Object.assign(changed[8] as object, { key: one.key, timestamp: one.timestamp })
  const dump = dumpOf(topic)
  await dump.write(changed.toSpliced(12, 1))
  const { error, partitions } = await verified(dump)
  expect(error).toBe('2 topic-partitions of 2 differ.')
  expect(partitions).toMatchObject([
    { partition: 0, equal: 16, differing: 3, onlyFirst: 0, onlySecond: 1 },
    { partition: 1, absent: true, notYet: 1 },
  ])
  expect(partitions[0]?.differences).toEqual([
    { kind: 'differs', first: 3, second: 3, fields: ['headers'] },
    { kind: 'differs', first: 7, second: 7, fields: ['timestamp', 'key'] },
    { kind: 'differs', first: 8, second: 8, fields: ['timestamp', 'key'] },
    { kind: 'only-second', second: 12 },
  ])
  const text = await printed(dump)
  expect(text).toContain(`${topic}-0: offset 7 differs in timestamp, key`)
  expect(text).toContain(`${topic}-0: offset 12 is only in the topic`)
  expect(text).toContain(`${topic}-1: the dump has nothing of it, and the topic 1 offset`)
  expect(text).not.toContain('orderId')
  // Headers that the dump does not keep are not compared.
  const bare = dumpOf(topic, { includeHeaders: false })
  await bare.write(records)
  const { partitions: compared, notCompared } = await verified(bare, { partitions: '0' })
  expect(compared).toMatchObject([{ partition: 0, equal: 20, differing: 0 }])
  expect(notCompared).toEqual([expect.stringContaining('headers')])
})

test('gaps of transactions, what retention has deleted, and a time to begin from', async () => {
  const topic = await createTopic('gaps')
  await produceWithGaps(plaintext, topic, 1, 9)
  const records = await recordsOfJava(plaintext.brokers, topic)
  const dump = dumpOf(topic)
  await dump.write(records)
  expect(await verified(dump)).toMatchObject({ intact: true, partitions: [{ equal: records.length, notYet: 1 }] })
  const { offset, timestamp } = records[5] as KafkaRecord
  const later = records.filter(record => record.timestamp >= timestamp)
  expect(await verified(dump, { since: `${timestamp}` })).toMatchObject({
    intact: true,
    partitions: [{ equal: later.length }],
  })
  const admin = new Kafka({ ...kafkajsConfig(plaintext), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: `${offset}` }] })
  await admin.disconnect()
  expect(await verified(dump)).toMatchObject({ intact: true, partitions: [{ equal: records.length - 5, gone: 5 }] })
})

test('a replication’s copy is compared in order, whatever its offsets and the headers that were added', async () => {
  const topic = await createTopic('replicated', 4)
  await produce(plaintext, topic, awkward)
  await produceWithGaps(plaintext, topic, 2, 6)
  const [connector] = read({
    [uniqueName('push')]: replicate({
      source: { alias: 'eu', topics: [topic] },
      to: { alias: 'us', addSourceHeader: true },
    }),
  }) as [Connector]
  const environment = environmentOf(connector)
  const header = { key: 'kafka-functions.source', value: Buffer.from('eu') }
  const copies = (await recordsOfJava(plaintext.brokers, topic)).map(record => ({
    ...record,
    headers: [...record.headers, header],
  }))
  await createTopics(target, { [`eu.${topic}`]: 4 })
  await produce(target, `eu.${topic}`, copies)
  const { error, intact, partitions } = await verified({ connector, environment })
  expect({ error, intact }).toEqual({ error: undefined, intact: true })
  expect(partitions.map(({ other, equal }) => [other, equal])).toEqual(
    [0, 1, 2, 3].map(number => [`eu.${topic}`, copies.filter(({ partition }) => partition === number).length]),
  )
  await produce(target, `eu.${topic}`, [awkwardRecord({ partition: 3, key: Buffer.from('foreign') })])
  expect(await verified({ connector, environment }, { partitions: '3' })).toMatchObject({
    error: '1 topic-partition of 1 differ.',
    partitions: [{ partition: 3, onlySecond: 1, onlyFirst: 0, differing: 0 }],
  })
})
