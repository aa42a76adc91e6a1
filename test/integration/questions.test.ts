import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { readDumpSettings } from '../../lib/config/dump.ts'
import type { FormatName } from '../../lib/formats/index.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { encodeWith } from '../support/formats.ts'
import { pythonTools } from '../support/python-tools.ts'

const run = promisify(execFile)
const page = new URL('../../docs/questions.md', import.meta.url)
const script = new URL('../python/run_query.py', import.meta.url).pathname
const keys = createObjectKeys(readDumpSettings({ S3_BUCKET: 'my-lake', OBJECT_PREFIX: 'kafka' }).keys)

let folder: string
let python: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'questions-'))
  python = join(await pythonTools('test/python/requirements.txt'), 'python')
})

afterAll(() => rm(folder, { recursive: true }))

const recordAt = (partition: number, offset: number): KafkaRecord => ({
  topic: 'orders',
  partition,
  offset,
  timestamp: 1_767_225_600_000 + offset,
  key: Buffer.from(`customer-${offset % 3}`),
  value: Buffer.from(`{"orderId":${offset}}`),
  headers: [],
})

/** Partition, first and last offset of batches, some of which were cut differently when they were repeated. */
const batches: [number, number, number][] = [
  [0, 0, 9],
  [0, 10, 19],
  [0, 5, 14],
  [1, 0, 4],
  [1, 0, 9],
]

/** Writes the objects of these batches as `dump` does, into a folder in the place of the bucket. */
async function dumpInto(bucket: string, format: FormatName): Promise<void> {
  for (const [partition, first, last] of batches) {
    const records = Array.from({ length: last - first + 1 }, (_, index) => recordAt(partition, first + index))
    const { body, extension } = await encodeWith(records, { format, values: 'json' })
    for (const { range } of keys.divide(records)) {
      const file = join(bucket, keys.render({ ...range, extension }))
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, body)
    }
  }
}

/** The query of the page, for a folder and a format. */
async function queryOf(bucket: string, format: 'json' | 'jsonl' | 'parquet'): Promise<string> {
  const [, query = ''] = /```sql\n(.*?)```/s.exec(await readFile(page, 'utf8')) ?? []
  const reader = format === 'parquet' ? 'read_parquet' : 'read_json'
  return query.replace('read_parquet', reader).replace('s3://my-lake', bucket).replace('.parquet', `.${format}`)
}

// Delivery is at least once, and a batch that is cut differently when it is repeated has other object keys.
test.each(['json', 'jsonl', 'parquet'] as const)(
  'the query of docs/questions.md reads each record of %s once',
  async format => {
    const bucket = join(folder, format)
    await dumpInto(bucket, format)
    const { stdout } = await run(python, [script, await queryOf(bucket, format)])
    const rows = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const places = rows.map(({ partition, offset }) => `${partition}:${offset}`)
    expect(places).toHaveLength(30)
    expect(new Set(places).size).toBe(30)
  },
)
