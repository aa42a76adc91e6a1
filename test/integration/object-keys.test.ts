import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { json } from '../../lib/formats/json.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { pythonTools } from '../support/python-tools.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { startStoreRecorder } from '../support/store-recorder.ts'

const file = new URL('../../functions/dump.ts', import.meta.url).pathname

let bucketName: string
let bucket: ObjectStore
let dump: FunctionProcess | undefined

beforeEach(async () => {
  bucketName = uniqueName('keys')
  bucket = await openBucket({ ...stack.store, bucket: bucketName })
})

afterEach(async () => {
  await dump?.stop()
  dump = undefined
})

/** Starts the function, and gives the settings that it has. */
function start(environment: Record<string, string>) {
  const { endpoint = '', credentials } = stack.store
  const variables = {
    S3_BUCKET: bucketName,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    COMPRESSION: 'none',
    ...environment,
  }
  dump = new FunctionProcess(file, variables)
  return { dump, keys: createObjectKeys(readDumpSettings(variables).keys) }
}

interface Sample {
  offset: number
  timestamp?: number
  value?: unknown
  headers?: Record<string, number[]>[]
}

function eventOf(topic: string, records: Sample[]) {
  const encoded = records.map(({ offset, timestamp = 0, value = {}, headers = [] }) => ({
    ...{ topic, partition: 0, offset, timestamp, headers },
    value: Buffer.from(JSON.stringify(value)).toString('base64'),
  }))
  return { eventSource: 'SelfManagedKafka', records: { [`${topic}-0`]: encoded } }
}

/** The offsets in each object of the bucket, by key. */
async function contents(): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  for await (const { key } of bucket.list('')) {
    found[key] = (await json.decode(await bucket.get(key))).map(({ offset }) => offset)
  }
  return found
}

const at = (time: string) => Date.parse(`2026-10-25T${time}Z`)

test('a batch that spans two hours makes two objects, and the same batch again the same two', async () => {
  const { dump } = start({ OBJECT_PARTITIONER: 'hourly', TIMEZONE: 'Europe/Berlin', OBJECT_PREFIX: 'lake' })
  // The clocks go back from 03:00 to 02:00 between the first and the last record; the third comes late.
  const times = ['00:10:00', '00:59:59', '02:00:00', '01:30:00', '02:00:01']
  const event = eventOf(
    'orders',
    times.map((time, offset) => ({ offset, timestamp: at(time) })),
  )
  await expect(dump.invoke(event)).resolves.toEqual({})
  const expected = {
    'lake/orders/year=2026/month=10/day=25/hour=02/orders+0+0000000000-0000000003.json': [0, 1, 3],
    'lake/orders/year=2026/month=10/day=25/hour=03/orders+0+0000000002-0000000004.json': [2, 4],
  }
  expect(await contents()).toEqual(expected)
  await expect(dump.invoke(event)).resolves.toEqual({})
  expect(await contents()).toEqual(expected)
})

test('values that would break out of a key land in a folder of their own, and the store’s keys parse back', async () => {
  const { dump, keys } = start({
    OBJECT_PARTITIONER: 'field',
    PARTITION_FIELD: '/country',
    PARTITION_FIELD_FALLBACK: 'unknown',
    OBJECT_KEY_TEMPLATE: 'dumps/{path}/{topic}-{partition}-{offsets}',
  })
  const countries = [
    'DE',
    '..',
    '../..',
    '/',
    'a/b',
    '\u0000\n',
    'Perú 😀',
    '',
    '%2F',
    '+',
    '?',
    `${'x'.repeat(5_000)}`,
  ]
  const values = [...countries.map(country => ({ country })), { country: null }, 'no object']
  const event = eventOf(
    'orders-v1.2',
    values.map((value, offset) => ({ offset, value })),
  )
  await expect(dump.invoke(event)).resolves.toEqual({})
  const written = await contents()
  expect(Object.values(written).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    ...countries.map((_, offset) => [offset]),
    [countries.length, countries.length + 1],
  ])
  for (const [key, offsets] of Object.entries(written)) {
    expect(key).toMatch(/^dumps\/country=[A-Za-z0-9._%~-]*\/[^/]+$/)
    const name = { topic: 'orders-v1.2', partition: 0, firstOffset: offsets[0], lastOffset: offsets.at(-1) }
    expect(keys.parse(key)).toMatchObject({ ...name, path: key.split('/')[1], extension: 'json' })
  }
})

/** What DuckDB reads from the folders as this column, by offset. */
async function readColumn(column: string): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-keys-'))
  try {
    for await (const { key } of bucket.list('')) {
      await mkdir(join(folder, dirname(key)), { recursive: true })
      await writeFile(join(folder, key), await bucket.get(key))
    }
    const python = join(await pythonTools('test/python/requirements.txt'), 'python')
    const script = new URL('../python/read_partitions.py', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(python, [script, folder, column])
    return stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('DuckDB takes the values back from the folders, and the fallback as no value', async () => {
  const { dump } = start({ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/country' })
  const countries = ['DE', 'Perú 😀', 'a/b', '..', '50 %', 'x=y', null]
  await dump.invoke(
    eventOf(
      'orders',
      countries.map((country, offset) => ({ offset, value: { country } })),
    ),
  )
  expect(await readColumn('country')).toEqual(countries.map((country, offset) => [offset, country]))
})

test('DuckDB takes a field and a time from one list of parts, each by its name', async () => {
  const { dump, keys } = start({
    PARTITION_BY: 'tenant=/customer/tenantId,daily@/createdAt',
    TIMEZONE: 'Europe/Berlin',
  })
  const values = [
    { customer: { tenantId: 'a/b' }, createdAt: '2026-10-25T23:30:00Z' },
    { customer: { tenantId: 'a/b' }, createdAt: 1_792_800_000 },
    { customer: {}, createdAt: 'soon' },
  ]
  await dump.invoke(
    eventOf(
      'orders',
      values.map((value, offset) => ({ offset, value })),
    ),
  )
  const none = '__HIVE_DEFAULT_PARTITION__'
  expect(await contents()).toEqual({
    'orders/tenant=a%2Fb/year=2026/month=10/day=26/orders+0+0000000000-0000000000.json': [0],
    'orders/tenant=a%2Fb/year=2026/month=10/day=24/orders+0+0000000001-0000000001.json': [1],
    [`orders/tenant=${none}/year=${none}/month=${none}/day=${none}/orders+0+0000000002-0000000002.json`]: [2],
  })
  for (const key of Object.keys(await contents())) expect(keys.parse(key)).toMatchObject({ topic: 'orders' })
  const [tenants, days] = [await readColumn('tenant'), await readColumn('day')]
  expect({ tenants, days }).toEqual({
    tenants: ['a/b', 'a/b', null].map((tenant, offset) => [offset, tenant]),
    days: ['26', '24', null].map((day, offset) => [offset, day]),
  })
})

test('a header names the folder', async () => {
  const { dump } = start({ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:region' })
  const header = (text: string) => [{ region: [...Buffer.from(text)] }]
  const records = [{ offset: 7, headers: header('eu') }, { offset: 8 }, { offset: 9, headers: header('eu') }]
  await expect(dump.invoke(eventOf('orders', records))).resolves.toEqual({})
  expect(await contents()).toEqual({
    'orders/region=eu/orders+0+0000000007-0000000009.json': [7, 9],
    'orders/region=__HIVE_DEFAULT_PARTITION__/orders+0+0000000008-0000000008.json': [8],
  })
})

test('a batch with more paths than uploads at once is written whole', async () => {
  const { dump } = start({ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/id' })
  const records = Array.from({ length: 100 }, (_, offset) => ({ offset, value: { id: offset } }))
  await expect(dump.invoke(eventOf('orders', records))).resolves.toEqual({})
  expect(Object.keys(await contents())).toHaveLength(100)
})

// Part of a batch in the bucket and the rest nowhere would be a loss, were the batch taken for written.
test('a batch whose objects are not all written counts as failed, and is whole once it is repeated', async () => {
  const recorder = await startStoreRecorder(stack.store.endpoint ?? '')
  try {
    recorder.fault = ({ url }) => (/day(=|%3D)26/.test(url) ? { status: 403, code: 'AccessDenied' } : undefined)
    const { dump } = start({ S3_ENDPOINT: recorder.endpoint, OBJECT_PARTITIONER: 'daily', FAILURE_POLICY: 'fail' })
    const days = [25, 26, 25, 27].map((day, offset) => ({ offset, timestamp: Date.UTC(2026, 9, day) }))
    const { error } = await dump.invoke(eventOf('orders', days))
    expect(error?.name).toBe('STORE_ACCESS_DENIED')
    recorder.fault = () => undefined
    await expect(dump.invoke(eventOf('orders', days))).resolves.toEqual({})
    expect(await contents()).toEqual({
      'orders/year=2026/month=10/day=25/orders+0+0000000000-0000000002.json': [0, 2],
      'orders/year=2026/month=10/day=26/orders+0+0000000001-0000000001.json': [1],
      'orders/year=2026/month=10/day=27/orders+0+0000000003-0000000003.json': [3],
    })
  } finally {
    await recorder.close()
  }
})
