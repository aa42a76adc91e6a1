import { PassThrough } from 'node:stream'
import { createCommitLog } from '../../lib/commits/commit-log.ts'
import { cat } from '../../lib/connectors/commands/cat.ts'
import { Output } from '../../lib/connectors/commands/output.ts'
import { formatNames } from '../../lib/formats/index.ts'
import { openBucket } from '../../local/bucket.ts'
import { commandContext } from '../support/connectors.ts'
import { type TestDump, testDump } from '../support/dumped.ts'
import { parsed, printed, recordsFrom } from '../support/printed.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucketName = uniqueName('objects')

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true })
})

describe('cat', () => {
  const records = recordsFrom(0, 5)
  const expected = records.map(({ offset, timestamp }) => ({ topic: 'orders', partition: 0, offset, timestamp }))

  test.each(formatNames.filter(format => format !== 'raw'))('prints the records of %s, staged or not', async format => {
    const dumped = testDump(`cat-${format}`, bucketName, { format, compression: 'zstd' })
    const [written = ''] = await dumped.write(records)
    const staged = await dumped.stage(records)
    const { name } = dumped.connector
    for (const key of [written, staged, `s3://${bucketName}/${written}`]) {
      const rows = parsed(await printed('cat', dumped, { name, key }))
      expect(rows).toMatchObject(expected)
      expect(rows[0]).toMatchObject({ key: 'k0', value: '{"offset":0}', headers: [{ key: 'source', value: 'web' }] })
      expect(rows[3]).toMatchObject({ key: 'AP8=', keyEncoding: 'base64' })
      expect(rows[4].value).toBeNull()
      expect(parsed(await printed('cat', dumped, { name, key, limit: '2' }))).toHaveLength(2)
    }
  })

  test('prints the lines of raw as they are', async () => {
    const dumped = testDump('cat-raw', bucketName, { format: 'raw', recordSeparator: '--' })
    const { name } = dumped.connector
    const keys = [...(await dumped.write(records)), await dumped.stage(records)]
    for (const key of keys) {
      expect(await printed('cat', dumped, { name, key })).toBe(
        '{"offset":0}--{"offset":1}--{"offset":2}--{"offset":3}----',
      )
      expect(await printed('cat', dumped, { name, key, limit: '2' })).toBe('{"offset":0}--{"offset":1}--')
    }
  })

  test('JSON values are JSON, as the object has them', async () => {
    const dumped = testDump('cat-json', bucketName, { format: 'parquet', valueFormat: 'json' })
    const [key = ''] = await dumped.write(records)
    expect(parsed(await printed('cat', dumped, { name: 'cat-json', key }))[1].value).toEqual({ offset: 1 })
  })

  test('an object that isn’t there, or is none, is said to be', async () => {
    const dumped = testDump('cat-none', bucketName, {})
    const failing = (key: string) => printed('cat', dumped, { name: 'cat-none', key })
    await expect(failing('orders/x.json.gz')).rejects.toThrow('has no object orders/x.json.gz')
    await expect(failing('orders/x.txt')).rejects.toThrow('ends in no format’s name')
  })

  test('a reader that has seen enough ends it', async () => {
    const dumped = testDump('cat-head', bucketName, { format: 'jsonl' })
    const [key = ''] = await dumped.write(recordsFrom(0, 20_000))
    const stream = new PassThrough({ highWaterMark: 1 })
    const context = { ...commandContext([dumped.connector], dumped.environment, () => {}), output: new Output(stream) }
    stream.once('data', () => stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })))
    await expect(cat(context, { name: 'cat-head', key })).resolves.toBeUndefined()
  })
})

describe('objects', () => {
  /** An entry of a log that is done, made by hand: two batches of ten, with a transaction's marker between them. */
  async function commit({ store, settings }: TestDump, sequence: number, first: number, isLatest = false) {
    const log = createCommitLog(store, settings.keys.prefix, { topic: 'orders', partition: 0 })
    const inputs = [first, first + 11].map(offset => ({
      ...{ key: `${offset}`, bytes: 100, partition: 0, staged: 0 },
      offsets: [[offset, 10]] as [number, number][],
    }))
    const facts = { firstOffset: first, lastOffset: first + 20, records: 20, minTimestamp: 0, maxTimestamp: 0 }
    const output = { key: `orders/${sequence}.jsonl`, ...facts, reason: 'flushSize' as const, form: '00000000' }
    const common = { schema: 1 as const, sequence, created: Date.UTC(2026, 2, 1) }
    await log.createPlan({
      ...common,
      ...{
        inputs,
        outputs: [{ ...output, bytes: 200, frames: [] }],
        remaining: [],
        positions: { 0: first + 21 },
        late: -1,
      },
    })
    const made = { ...output, bytes: 1000, etag: 'e' }
    const latest = { ranges: 1, objects: [{ ...made, slices: [0, 1] as [number, number] }] }
    await log.createDone({ ...common, outputs: [made], ...(isLatest ? { latest } : {}) })
  }

  test('tells what the log has, newest first, without listing the objects, and what waits', async () => {
    const dumped = testDump('log', bucketName, { format: 'jsonl', rotate: { flushSize: 20 } })
    await commit(dumped, 0, 0)
    await commit(dumped, 1, 21)
    await commit(dumped, 2, 45)
    const staged = await dumped.stage(recordsFrom(66, 5))
    await dumped.store.put({
      key: staged.replace('_staging', '_quarantine'),
      body: Buffer.from('?'),
      contentType: 'text/plain',
      metadata: {},
    })
    // Not in the log, so not told.
    await dumped.write(recordsFrom(1000, 3))
    const lines = parsed(await printed('objects', dumped, { name: 'log', json: true }))
    expect(lines).toMatchObject([
      { type: 'object', topic: 'orders', partition: 0, key: 'orders/2.jsonl', records: 20, bytes: 1000, sequence: 2 },
      { type: 'gap', firstOffset: 55, lastOffset: 55 },
      { type: 'gap', firstOffset: 42, lastOffset: 44 },
      { type: 'object', key: 'orders/1.jsonl', reason: 'flushSize' },
      { type: 'gap', firstOffset: 31, lastOffset: 31 },
      { type: 'object', key: 'orders/0.jsonl' },
      { type: 'gap', firstOffset: 10, lastOffset: 10 },
      { type: 'unit', objects: 3, records: 60, bytes: 3000, missing: 6, positions: { 0: 66 }, isUnderWay: false },
      { type: 'staged', key: staged, firstOffset: 66, lastOffset: 70, records: 5 },
      { type: 'quarantined', key: staged.replace('_staging', '_quarantine') },
      { type: 'total', objects: 3, bytes: 3000, staged: 1, quarantined: 1 },
    ])
    const table = await printed('objects', dumped, { name: 'log' })
    expect(table).toMatch(
      /^orders, partition 0\n +45–65 +20 +1,000 {2}2026-03-01 00:00:00 {2}flushSize +orders\/2.jsonl\n/,
    )
    expect(table).toMatch(/ {2}3 objects, 60 records, 3,000 bytes, 6 offsets in gaps\n/)
    const gaps = parsed(await printed('objects', dumped, { name: 'log', json: true, gaps: true }))
    expect(gaps.map(({ type }) => type)).toEqual(['gap', 'gap', 'gap', 'gap', 'unit', 'quarantined', 'total'])
    expect(await printed('objects', dumped, { name: 'log', topic: 'payments' })).toMatch(/^All\n {2}0 objects/)
  })

  test('where the newest record of each key is kept, tells only the objects that took the place of others', async () => {
    const dumped = testDump('latest', bucketName, { format: 'jsonl', keepLatest: true, rotate: { flushSize: 20 } })
    await commit(dumped, 0, 0)
    await commit(dumped, 1, 21, true)
    await commit(dumped, 2, 42, true)
    const lines = parsed(await printed('objects', dumped, { name: 'latest', json: true }))
    expect(lines.filter(({ type }) => type === 'object')).toMatchObject([{ key: 'orders/2.jsonl' }])
    expect(lines.at(-1)).toMatchObject({ objects: 1, bytes: 1000 })
  })

  test('what a retention has deleted, or will within a day, is told and not counted', async () => {
    const dumped = testDump('expired', bucketName, {
      format: 'jsonl',
      recordRetentionDays: 1,
      rotate: { flushSize: 20 },
    })
    await commit(dumped, 0, 0)
    const lines = parsed(await printed('objects', dumped, { name: 'expired', json: true }))
    expect(lines[0]).toMatchObject({ key: 'orders/0.jsonl', expired: true })
    expect(lines.at(-1)).toMatchObject({ objects: 0, bytes: 0 })
  })

  test('without rotation, tells what is in the bucket', async () => {
    const dumped = testDump('listed', bucketName, { format: 'jsonl' })
    const [first] = await dumped.write(recordsFrom(0, 10))
    await dumped.write(recordsFrom(12, 10))
    await dumped.write(recordsFrom(20, 5))
    const lines = parsed(await printed('objects', dumped, { name: 'listed', json: true }))
    expect(lines[0]).toMatchObject({ type: 'object', key: first, firstOffset: 0, lastOffset: 9 })
    expect(lines.slice(3)).toMatchObject([
      { type: 'gap', topic: 'orders', partition: 0, firstOffset: 10, lastOffset: 11 },
      { type: 'overlap', firstOffset: 20, lastOffset: 21 },
      { type: 'unit', objects: 3, missing: 2 },
      { type: 'total', objects: 3, staged: 0 },
    ])
  })
})

test('large values that no record names are found, and deleted when they are old', async () => {
  const dumped = testDump('values', bucketName, { format: 'jsonl', maxInlineValueBytes: 10, rotate: { flushSize: 5 } })
  const key = 'values/_overflow/orders+0+0000000003'
  await dumped.store.put({ key, body: Buffer.from('a value'), contentType: 'application/octet-stream', metadata: {} })
  // Newer records of the same keys have replaced those that the log took.
  const log = createCommitLog(dumped.store, 'values', { topic: 'orders', partition: 0 })
  const entry = { schema: 1, sequence: 0, created: Date.now(), outputs: [] } as const
  const taken = { key: 'gone', bytes: 1, partition: 0, offsets: [[3, 1]] as [number, number][], staged: Date.now() }
  await log.createPlan({ ...entry, outputs: [], inputs: [taken], remaining: [], positions: { 0: 4 }, late: -1 })
  await log.createDone({ ...entry, outputs: [], latest: { ranges: 1, objects: [] } })
  const lines = parsed(await printed('objects', dumped, { name: 'values', orphans: true, json: true }))
  expect(lines).toMatchObject([
    { type: 'orphan', topic: 'orders', partition: 0, offset: 3, key, bytes: 7, deleted: false },
  ])
  // It is too young: a batch that names it may be under way.
  const young = await printed('objects', dumped, { name: 'values', orphans: true, delete: true })
  expect(young).toContain(key)
  await expect(dumped.store.head(key)).resolves.toBeDefined()
})
