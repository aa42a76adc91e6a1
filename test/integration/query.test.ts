import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { query } from '../../lib/connectors/commands/query.ts'
import { type FormatName, formatNames, formats } from '../../lib/formats/index.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { commandContext } from '../support/connectors.ts'
import { testDump } from '../support/dumped.ts'
import { pythonTools } from '../support/python-tools.ts'
import { stack, uniqueName } from '../support/stack.ts'

const run = promisify(execFile)
const bucketName = uniqueName('query')
const script = join(import.meta.dirname, '../python/read_duckdb.py')
const { credentials } = stack.store
const access = {
  S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
  S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
}

let bucket: ObjectStore
let python: string
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-query-'))
  const [opened, tools] = await Promise.all([
    openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true }),
    pythonTools('test/python/requirements.txt'),
  ])
  bucket = opened
  python = join(tools, 'python')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const HOUR = 3_600_000

/** Three hours of records; bytes that are no text among their keys, where the format keeps keys. */
const records: KafkaRecord[] = Array.from({ length: 30 }, (_, offset) => ({
  topic: 'orders',
  partition: offset % 2,
  offset,
  timestamp: Date.UTC(2026, 2, 1, 9) + Math.floor(offset / 10) * HOUR,
  key: offset === 7 ? Buffer.from([0, 255]) : Buffer.from(`k${offset}`),
  value: Buffer.from(JSON.stringify({ country: offset % 3 === 0 ? 'DE' : 'FR', offset })),
  headers: [{ key: 'source', value: Buffer.from('web') }],
}))

/** Writes the records as a dump with these keys under `to` does, and prints its queries. */
async function queries(name: string, to: object, others: KafkaRecord[][] = []): Promise<Record<string, string>> {
  const dumped = testDump(name, bucketName, to)
  for (const batch of Map.groupBy(records, ({ partition }) => partition).values()) {
    await dumped.write(batch)
    // What no query may read.
    await dumped.stage(batch)
  }
  for (const batch of others) await dumped.write(batch)
  const answer = await query(
    commandContext([dumped.connector], dumped.environment, () => {}),
    { name },
  )
  const { duckdb = '', pyarrow = '', athena = '' } = answer?.document ?? {}
  return { duckdb, pyarrow, athena }
}

/** DuckDB's extension for S3 isn't part of its package, so the objects are in a folder of the same layout. */
async function inDuckdb(name: string, printed: string): Promise<Record<string, unknown>[]> {
  for await (const { key } of bucket.list(`${name}/`)) {
    const file = join(folder, key)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, await bucket.get(key))
  }
  const local = printed
    .replaceAll(`s3://${bucketName}`, folder)
    .split('\n')
    .filter(line => !line.startsWith('CREATE OR REPLACE SECRET'))
    .join('\n')
  return parsed((await run(python, [script, local])).stdout)
}

/** Runs the program as it is printed, against the store itself. */
async function inPython(printed: string, show: string): Promise<Record<string, unknown>[]> {
  const program = `${printed}
import json, sys
def plain(value):
    return value.hex() if isinstance(value, bytes) else str(value)
for row in ${show}:
    print(json.dumps(row, default=plain))
`
  return parsed((await run(python, ['-c', program], { env: { ...process.env, ...access } })).stdout)
}

function parsed(lines: string): Record<string, unknown>[] {
  return lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

const shown: Record<FormatName, string> = {
  json: 'records()',
  jsonl: 'records()',
  raw: '({"value": value} for value in records())',
  avro: 'records()',
  parquet: 'table.to_pylist()',
}

const byOffset = (rows: Record<string, unknown>[]) => rows.toSorted((a, b) => Number(a.offset) - Number(b.offset))
const hex = (bytes: Buffer | null) => bytes?.toString('hex')
const offsets = records.map(({ offset }) => offset)
const cases = formatNames.flatMap(format => (['gzip', 'zstd'] as const).map(compression => ({ format, compression })))

describe.each(cases)('$format with $compression', ({ format, compression }) => {
  const partitioner = compression === 'gzip' ? 'hourly' : 'default'
  const name = `${format}-${compression}`
  let printed: Record<string, string>

  beforeAll(async () => {
    printed = await queries(name, { format, compression, partitioner })
  })

  test('the program for pyarrow reads each record once', async () => {
    const rows = byOffset(await inPython(printed.pyarrow ?? '', shown[format]))
    expect(rows).toHaveLength(records.length)
    if (format !== 'raw') expect(rows.map(({ offset }) => offset)).toEqual(offsets)
  })

  // DuckDB reads Avro by an extension that isn't part of its package.
  if (format === 'avro') return
  test('the query for DuckDB reads each record once, byte for byte', async () => {
    const rows = byOffset(await inDuckdb(name, printed.duckdb ?? ''))
    if (!formats[format].holdsHeaders) {
      expect(rows.map(({ value }) => value).toSorted()).toEqual(records.map(({ value }) => String(value)).toSorted())
      return
    }
    expect(rows.map(row => ({ ...row, headers: undefined }))).toMatchObject(
      records.map(({ offset, partition, timestamp, key, value }) => ({
        ...{ offset, partition, timestamp, key: hex(key), value: hex(value) },
        ...(partitioner === 'hourly' ? { year: 2026, hour: 9 + Math.floor(offset / 10) } : {}),
      })),
    )
  })
})

test('folders by a field are a column of text, and JSON is JSON', async () => {
  const to = { format: 'parquet', valueFormat: 'json', partitioner: 'field', partitionField: '/country' }
  const { duckdb = '', pyarrow = '' } = await queries('fields', to)
  const rows = await inDuckdb('fields', duckdb)
  expect(rows.filter(({ country }) => country === 'DE')).toHaveLength(10)
  const table = await inPython(
    pyarrow,
    'table.filter(__import__("pyarrow").compute.field("country") == "DE").to_pylist()',
  )
  expect(table).toHaveLength(10)
})

test('topics that share folders are told apart by their records', async () => {
  const to = { format: 'jsonl', partitioner: 'daily', keyTemplate: '{path}/{topic}-{partition}-{offsets}' }
  const { duckdb = '', pyarrow = '' } = await queries('shared', to, [
    records.map(record => ({ ...record, topic: 'orders-1' })).filter(({ partition }) => partition === 0),
  ])
  expect(await inDuckdb('shared', duckdb)).toHaveLength(records.length)
  expect(await inPython(pyarrow, 'records()')).toHaveLength(records.length)
})
