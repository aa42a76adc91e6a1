import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { CompressionName } from '../../lib/formats/compression.ts'
import type { FormatName } from '../../lib/formats/index.ts'
import { createProducer, type KafkaProducer } from '../../lib/kafka/produce/producer.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { allAwkwardRecords, awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { foreignRecords, inFolder, inHex } from '../support/foreign-readers.ts'
import { encodeWith, legible, readObject } from '../support/formats.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { Cluster, until } from '../support/offline-polling.ts'
import { pythonTools } from '../support/python-tools.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

const run = promisify(execFile)
const file = new URL('../../functions/dump.ts', import.meta.url).pathname
const folderScript = new URL('../python/read_folder.py', import.meta.url).pathname
const PATIENCE_MS = 60_000

const cluster = new Cluster()
let producer: KafkaProducer
let bucketName: string
let bucket: ObjectStore
let python: string
const functions: FunctionProcess[] = []

beforeAll(async () => {
  bucketName = uniqueName('formats')
  producer = createProducer(cluster.connection, { clientId: 'test' })
  const opened = await Promise.all([
    openBucket({ ...stack.store, bucket: bucketName }),
    pythonTools('test/python/requirements.txt'),
    cluster.open(),
  ])
  bucket = opened[0]
  python = join(opened[1], 'python')
})

afterEach(async () => {
  await cluster.stopAll()
  await Promise.all(functions.splice(0).map(function_ => function_.stop()))
})

afterAll(() => Promise.all([cluster.close(), producer.close()]))

/** Polls the topic with `dump` until the group has read all of it. */
async function dump(topic: string, records: number, environment: Record<string, string>) {
  const function_ = new FunctionProcess(file, {
    ...storeEnvironment({ ...stack.store, bucket: bucketName }),
    ...environment,
  })
  functions.push(function_)
  const { groupId } = cluster.poll(topic, async event => {
    const { error, response } = await function_.invoke(event)
    if (error) throw new Error(`${error.name}: ${error.message}`)
    return response
  })
  const committed = async () => (await cluster.committed(groupId, topic)).reduce((sum, offset) => sum + offset, 0)
  await until(async () => (await committed()) === records, 'all is delivered', PATIENCE_MS)
}

async function objectsOf(prefix: string): Promise<{ key: string; body: Buffer }[]> {
  const keys = await Array.fromAsync(bucket.list(`${prefix}/`), ({ key }) => key)
  return await Promise.all(keys.map(async key => ({ key, body: await bucket.get(key) })))
}

describe('awkward records, dumped through a trigger', () => {
  // Kafka gives offsets by itself, and replaces a timestamp that is missing.
  const cases = Object.entries(awkwardRecords).filter(
    ([, fields]) => fields.offset === undefined && fields.timestamp !== -1,
  )
  let topic: string
  let produced: KafkaRecord[]

  beforeAll(async () => {
    topic = await cluster.createTopic(1)
    produced = cases.map(([, fields], index) => ({ ...awkwardRecord(fields, index), topic, partition: 0 }))
    await producer.send(
      topic,
      produced.map(record => ({ ...record, partition: 0 })),
      Date.now() + PATIENCE_MS,
    )
  })

  test.each<[FormatName, CompressionName, string[]]>([
    ['json', 'gzip', ['DuckDB, json']],
    ['jsonl', 'zstd', ['DuckDB, jsonl']],
    ['avro', 'gzip', ['fastavro, avro']],
    ['avro', 'zstd', ['fastavro, avro']],
    ['parquet', 'zstd', ['DuckDB, parquet', 'pyarrow, parquet']],
  ])(
    'as %s with %s are what they were, for us and for other people’s readers',
    async (format, compression, readers) => {
      const prefix = uniqueName(format)
      await dump(topic, produced.length, { FORMAT: format, COMPRESSION: compression, OBJECT_PREFIX: prefix })
      const objects = await objectsOf(prefix)
      const ours = await Promise.all(objects.map(({ key, body }) => readObject(key, body)))
      expect(legible(ours.flat())).toEqual(legible(produced))
      const { body, extension } = await encodeWith(allAwkwardRecords, { format, compression })
      const expected = [...produced, ...allAwkwardRecords].map(inHex)
      const all = [...objects, { key: `all.${extension}`, body }]
      const found = await foreignRecords(readers.map(reader => ({ reader, objects: all })))
      expect(found).toEqual(readers.map(() => expected))
    },
  )
})

describe('large values', () => {
  test.each(['json', 'parquet'])('are in objects of their own, which the records of %s name', async format => {
    const topic = await cluster.createTopic(1)
    const large = Buffer.alloc(300_000, '\xff')
    await cluster.produce(topic, 0, ['small', large, { value: null, key: 'tombstone' }])
    const prefix = uniqueName('large')
    const settings = { MAX_INLINE_VALUE_BYTES: '1000', INCLUDE_VALUE_SIZE: 'true' }
    await dump(topic, 3, { FORMAT: format, OBJECT_PREFIX: prefix, ...settings })
    const objects = await objectsOf(prefix)
    const valueObject = `${prefix}/_overflow/${topic}+0+0000000001`
    expect(objects.find(({ key }) => key === valueObject)?.body.equals(large)).toBe(true)
    const batches = objects.filter(({ key }) => key !== valueObject)
    const read = (await Promise.all(batches.map(({ key, body }) => readObject(key, body)))).flat()
    expect(read.map(({ value, valueSize, valueObject }) => [value?.toString(), valueSize, valueObject])).toEqual([
      ['small', 5, undefined],
      [undefined, 300_000, valueObject],
      [undefined, 0, undefined],
    ])
  })
})

// The default layout's folder `partition=0` beside the column `partition` kept pyarrow from opening it, and the object of a
// large value within a topic's folder kept it from opening any: it takes all files below a folder for Parquet.
describe('a folder of parquet', () => {
  type Row = Record<string, unknown>
  const day = Date.parse('2026-03-01T23:45:10Z')
  const large = JSON.stringify({ text: 'x'.repeat(2_000) })
  let topic: string

  beforeAll(async () => {
    topic = await cluster.createTopic(2)
    for (const partition of [0, 1]) {
      await cluster.produce(topic, partition, [
        { value: '{"country":"DE"}', timestamp: String(day) },
        { value: large, timestamp: String(day + 3.6e6) },
      ])
    }
  })

  test.each([
    ['default', {}, [{}, {}]],
    [
      'daily',
      {},
      [
        { year: 2026, month: 3, day: 1 },
        { year: 2026, month: 3, day: 2 },
      ],
    ],
    [
      'hourly',
      {},
      [
        { year: 2026, month: 3, day: 1, hour: 23 },
        { year: 2026, month: 3, day: 2, hour: 0 },
      ],
    ],
    ['field', { PARTITION_FIELD: '/country' }, [{ country: 'DE' }, { country: null }]],
  ])('of the partitioner %s opens as documented, large values or not', async (partitioner, settings, columns) => {
    const prefix = uniqueName('folder')
    const environment = { OBJECT_PARTITIONER: partitioner, OBJECT_PREFIX: prefix, MAX_INLINE_VALUE_BYTES: '1000' }
    await dump(topic, 4, { FORMAT: 'parquet', ...environment, ...settings })
    const objects = await objectsOf(prefix)
    await inFolder(async root => {
      for (const { key, body } of objects) {
        await mkdir(dirname(join(root, key)), { recursive: true })
        await writeFile(join(root, key), body)
      }
      const withFolders = recordsOf(prefix, columns)
      const without = recordsOf(prefix, [])
      for (const folder of [join(root, prefix, topic), join(root, prefix)]) {
        const { stdout } = await run(python, [folderScript, folder])
        const found = stdout
          .trim()
          .split('\n')
          .map(line => JSON.parse(line) as [string, Row[]])
        expect(found.map(([reader, rows]) => [reader, rows.map(withNumbers).toSorted(byPlace)])).toEqual([
          ['pyarrow', withFolders],
          ['pyarrow, without the folders', without],
          ['DuckDB', withFolders],
          ['DuckDB, without the folders', without],
        ])
      }
    })
  })

  function recordsOf(prefix: string, [first, second]: Row[]) {
    return [0, 1].flatMap(partition => {
      const valueObject = `${prefix}/_overflow/${topic}+${partition}+0000000001`
      return [
        { topic, partition, offset: 0, valueObject: null, ...first },
        { topic, partition, offset: 1, valueObject, ...second },
      ]
    })
  }

  /** DuckDB leaves `month=03` a text, pyarrow makes it a number. */
  function withNumbers(row: Row): Row {
    const isNumber = (name: string) => ['month', 'day', 'hour'].includes(name)
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, isNumber(name) ? Number(value) : value]),
    )
  }

  function byPlace(one: Row, other: Row): number {
    const place = ({ partition, offset }: Row) => Number(partition) * 10 + Number(offset)
    return place(one) - place(other)
  }
})

describe('values of JSON', () => {
  test('are part of the object; one that is none goes to the abnormal-data topic, the others are written', async () => {
    const [topic, abnormalDataTopic] = [await cluster.createTopic(1), await cluster.createTopic(1)]
    const prefix = uniqueName('values')
    await cluster.produce(topic, 0, ['{"orderId":12345678901234567890}', 'no JSON', '"text"'])
    await dump(topic, 3, {
      FORMAT: 'jsonl',
      COMPRESSION: 'none',
      INCLUDE_HEADERS: 'false',
      VALUE_FORMAT: 'json',
      OBJECT_PREFIX: prefix,
      ABNORMAL_DATA_TOPIC: abnormalDataTopic,
      ...clusterEnvironment('SOURCE', cluster.connection),
    })
    const text = (await objectsOf(prefix)).map(({ body }) => body.toString()).join('')
    expect(text.match(/"value":.*/g)).toEqual([
      '"value":{"orderId":12345678901234567890}}',
      '"value":"text","valueEncoding":"json"}',
    ])
    const [abnormal] = await readTopic(cluster.connection, abnormalDataTopic, 1)
    expect(abnormal?.value?.toString()).toBe('no JSON')
    expect(headersAsText(abnormal as never)).toMatchObject({
      'kafka-functions.offset': '1',
      'kafka-functions.error-code': 'VALUE_UNDECODABLE',
    })
  })
})
