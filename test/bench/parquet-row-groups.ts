import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { StoredRecord } from '../../lib/formats/format.ts'
import type { JoinedObject } from '../../lib/formats/joining.ts'
import { parquet } from '../../lib/formats/parquet.ts'
import { JoinedParquet, metadataOf, type RowGroupLimits } from '../../lib/formats/parquet-joining.ts'
import { ROW_GROUP_BYTES, ROW_GROUP_ROWS } from '../../lib/formats/row-group.ts'
import { keepEverything } from '../support/formats.ts'
import { pythonTools } from '../support/python-tools.ts'
import { megabytes, round } from './measure.ts'

/**
 * What readers pay for the ways to make a Parquet object out of batches: their row groups one behind the other as they are,
 * their pages joined in larger row groups, the same with small batches gathered first, or all records rewritten. There is one
 * object for each hour, and DuckDB reads all of them.
 *
 * `npm run bench:row-groups -- [--hours 8760] [--batches 20] [--records 25] [--rounds 3]`
 */
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '8760' },
    batches: { type: 'string', default: '20' },
    records: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '3' },
  },
})
const HOURS = Number(values.hours)
const BATCHES = Number(values.batches)
const RECORDS = Number(values.records)
const HOUR_MS = 3.6e6
const START = Date.parse('2026-01-01T00:00:00Z')
const options = { ...keepEverything, compression: 'zstd' } as const

let state = 1
/** A number below the limit, the same in each run. */
function random(limit: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

function recordAt(hour: number, index: number): StoredRecord {
  const timestamp = START + hour * HOUR_MS + Math.floor((index * HOUR_MS) / (BATCHES * RECORDS))
  const order = {
    orderId: random(1e9),
    customer: `customer-${random(1e5)}`,
    status: ['OPEN', 'PAID', 'SENT'][random(3)],
  }
  const items = Array.from({ length: 1 + random(4) }, () => ({ sku: `SKU-${random(1e4)}`, price: random(1e5) / 100 }))
  return {
    topic: 'orders',
    partition: 3,
    offset: hour * BATCHES * RECORDS + index,
    timestamp,
    key: Buffer.from(`${order.orderId}`),
    value: Buffer.from(JSON.stringify({ ...order, items, created: new Date(timestamp) })),
    headers: [{ key: 'trace-id', value: Buffer.from(random(2 ** 32).toString(16)) }],
  }
}

async function joined(frames: Buffer[], object: JoinedObject): Promise<Buffer> {
  const bytes: Buffer[] = []
  for (const frame of frames) bytes.push(...(await object.add(frame)))
  return Buffer.concat([...bytes, ...(await object.end())])
}

const pagesOnly = (limits: RowGroupLimits) => new JoinedParquet(limits, async () => Buffer.alloc(0))

const ways: Record<string, (frames: Buffer[], records: StoredRecord[]) => Promise<Buffer>> = {
  'row groups as they are': frames => joined(frames, pagesOnly({ bytes: 1, rows: 1 })),
  'pages joined': frames => joined(frames, pagesOnly({ bytes: ROW_GROUP_BYTES, rows: ROW_GROUP_ROWS })),
  'as it is done': frames => joined(frames, parquet.joining.begin(options)),
  rewritten: (_, records) => parquet.encode(records, options),
}

const middle = START + (HOURS / 2) * HOUR_MS
const time = (ms: number) => `TIMESTAMPTZ '${new Date(ms).toISOString()}'`
const queries = {
  'count(*)': 'SELECT count(*) FROM FOLDER',
  'an hour by timestamp': `SELECT count(*), sum(octet_length(value)) FROM FOLDER WHERE timestamp >= ${time(middle)} AND timestamp < ${time(middle + HOUR_MS)}`,
  'all keys and values': 'SELECT sum(octet_length(key)), sum(octet_length(value)) FROM FOLDER',
}

const root = await mkdtemp(join(tmpdir(), 'kafka-functions-row-groups-'))
try {
  const facts = Object.fromEntries(Object.keys(ways).map(way => [way, { seconds: 0, bytes: 0, groups: 0 }]))
  for (let hour = 0; hour < HOURS; hour++) {
    const records = Array.from({ length: BATCHES * RECORDS }, (_, index) => recordAt(hour, index))
    const batches = Array.from({ length: BATCHES }, (_, index) => records.slice(index * RECORDS, (index + 1) * RECORDS))
    const frames = await Promise.all(batches.map(batch => parquet.joining.frame(batch, options)))
    const day = new Date(START + hour * HOUR_MS).toISOString()
    const path = `year=${day.slice(0, 4)}/month=${day.slice(5, 7)}/day=${day.slice(8, 10)}/hour=${day.slice(11, 13)}`
    for (const [way, make] of Object.entries(ways)) {
      const fact = facts[way] as (typeof facts)[string]
      const start = performance.now()
      const bytes = await make(frames, records)
      fact.seconds += (performance.now() - start) / 1000
      fact.bytes += bytes.length
      fact.groups += metadataOf(bytes).row_groups.length
      await mkdir(join(root, way, path), { recursive: true })
      await writeFile(join(root, way, path, 'orders.parquet'), bytes)
    }
  }
  const folders = Object.fromEntries(Object.keys(ways).map(way => [way, join(root, way)]))
  const python = join(await pythonTools('test/python/requirements.txt'), 'python')
  const script = new URL('../python/time_queries.py', import.meta.url).pathname
  const input = JSON.stringify({ folders, queries, rounds: Number(values.rounds) })
  const { stdout, stderr, status } = spawnSync(python, [script], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const { seconds, answers } = JSON.parse(stdout)
  console.log(`${HOURS} objects of ${BATCHES} batches with ${RECORDS} records each; seconds by DuckDB`)
  console.table(
    Object.fromEntries(
      Object.entries(facts).map(([way, { seconds: made, bytes, groups }]) => [
        way,
        {
          'row groups': groups,
          size: megabytes(bytes),
          'made in': round(made),
          ...Object.fromEntries(Object.entries<number>(seconds[way]).map(([query, value]) => [query, round(value)])),
        },
      ]),
    ),
  )
  for (const [query, found] of Object.entries<string[]>(answers)) {
    if (found.length > 1) throw new Error(`The objects differ: ${query} is ${found.join(' and ')}`)
  }
} finally {
  await rm(root, { recursive: true })
}
