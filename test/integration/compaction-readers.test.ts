import type { CompressionName } from '../../lib/formats/compression.ts'
import type { FormatName } from '../../lib/formats/index.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { type ForeignRecord, foreignRecords } from '../support/foreign-readers.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { Cluster, until } from '../support/offline-polling.ts'
import { stack, uniqueName } from '../support/stack.ts'

const PARTITIONS = 2
const RECORDS = 300
const PER_BATCH = 20
const PER_OBJECT = 200
const PATIENCE_MS = 60_000

const cluster = new Cluster()
const functions: FunctionProcess[] = []
let topic: string
let bucketName: string
let bucket: ObjectStore

beforeAll(async () => {
  bucketName = uniqueName('compaction')
  bucket = await openBucket({ ...stack.store, bucket: bucketName })
  await cluster.open()
  topic = await cluster.createTopic(PARTITIONS)
  for (let partition = 0; partition < PARTITIONS; partition++)
    await cluster.produce(
      topic,
      partition,
      Array.from({ length: RECORDS }, (_, offset) => ({ key: `k${offset % 7}`, value: valueAt(partition, offset) })),
    )
})

afterEach(async () => {
  await cluster.stopAll()
  await Promise.all(functions.splice(0).map(function_ => function_.stop()))
})

afterAll(() => cluster.close())

const valueAt = (partition: number, offset: number) =>
  `record ${offset} of partition ${partition}, ${'x'.repeat(offset % 50)}`

/** A reader of lines finds values alone, with the separator behind them. */
const valueIn = (found: ForeignRecord | string) => (typeof found === 'string' ? found.replace(/0a$/, '') : found.value)

function start(name: string, environment: Record<string, string>): FunctionProcess {
  const function_ = new FunctionProcess(functionFile(name), {
    ...storeEnvironment({ ...stack.store, bucket: bucketName }),
    ...environment,
  })
  functions.push(function_)
  return function_
}

/** Polls the topic with `dump` until all of it is delivered. @returns the number of batches */
async function dump(environment: Record<string, string>): Promise<number> {
  const function_ = start('dump', environment)
  const { groupId, events } = cluster.poll(
    topic,
    async event => {
      const { error, response } = await function_.invoke(event)
      if (error) throw new Error(`${error.name}: ${error.message}`)
      return response
    },
    { batchSize: PER_BATCH },
  )
  const committed = async () => (await cluster.committed(groupId, topic)).reduce((sum, offset) => sum + offset, 0)
  await until(async () => (await committed()) === PARTITIONS * RECORDS, 'all is delivered', PATIENCE_MS)
  return events.length
}

const keysBelow = (prefix: string) => Array.fromAsync(bucket.list(`${prefix}/`), ({ key }) => key)

const forms: [FormatName, CompressionName, Record<string, string>, string[]][] = [
  ['json', 'gzip', {}, ['DuckDB, json']],
  ['jsonl', 'zstd', { OBJECT_PARTITIONER: 'hourly' }, ['DuckDB, jsonl']],
  ['raw', 'gzip', {}, ['Python, raw']],
  ['avro', 'zstd', {}, ['fastavro, avro']],
  ['parquet', 'zstd', { ROTATE_ACROSS: 'topic' }, ['DuckDB, parquet', 'pyarrow, parquet']],
]

/** @returns the objects of a form that are left when all is dumped and compacted */
async function compacted(format: FormatName, compression: CompressionName, settings: Record<string, string>) {
  const prefix = uniqueName(format)
  const rotation = { ROTATE_FLUSH_SIZE: String(PER_OBJECT), ROTATE_MAX_OPEN_MS: '1' }
  const environment = { FORMAT: format, COMPRESSION: compression, OBJECT_PREFIX: prefix, ...rotation, ...settings }
  const batches = await dump(environment)
  expect(await keysBelow(`${prefix}/_staging`)).not.toHaveLength(0)

  const { error } = await start('compact', environment).invoke({}, PATIENCE_MS)
  expect(error).toBeUndefined()

  expect(await keysBelow(`${prefix}/_staging`)).toEqual([])
  const keys = await keysBelow(`${prefix}/${topic}`)
  // The batches of 20 records are objects of 200, and one of the rest.
  expect(keys.length).toBeLessThanOrEqual(PARTITIONS * Math.ceil(RECORDS / PER_OBJECT))
  expect(keys.length).toBeLessThan(batches)
  return await Promise.all(keys.map(async key => ({ key, body: await bucket.get(key) })))
}

test('compacted objects of each format have every record once, for other people’s readers', async () => {
  // At the same time, as each waits for Kafka most of its time.
  const readings = await Promise.all(
    forms.map(async ([format, compression, settings, readers]) => {
      const objects = await compacted(format, compression, settings)
      return readers.map(reader => ({ reader, objects }))
    }),
  )
  const expected = Array.from({ length: PARTITIONS * RECORDS }, (_, nth) => {
    const [partition, offset] = [nth % PARTITIONS, Math.floor(nth / PARTITIONS)]
    return Buffer.from(valueAt(partition, offset)).toString('hex')
  })
  const all = readings.flat()
  const found = await foreignRecords(all)
  for (const [index, { reader }] of all.entries())
    expect({ reader, values: found[index]?.map(valueIn).toSorted() }).toEqual({ reader, values: expected.toSorted() })
})
