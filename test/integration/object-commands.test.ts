import { PassThrough } from 'node:stream'
import { createCommitLog } from '../../lib/commits/commit-log.ts'
import { cat } from '../../lib/connectors/commands/cat.ts'
import { compact } from '../../lib/connectors/commands/compact.ts'
import { objects } from '../../lib/connectors/commands/objects.ts'
import { Output } from '../../lib/connectors/commands/output.ts'
import { formatNames } from '../../lib/formats/index.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { openBucket } from '../../local/bucket.ts'
import { commandContext } from '../support/connectors.ts'
import { type TestDump, testDump } from '../support/dumped.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucketName = uniqueName('objects')

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true })
})

/** Records with neighbouring offsets; one has a key that is no text, one is a tombstone. */
function recordsFrom(first: number, count: number, partition = 0): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = first + index
    return {
      ...{ topic: 'orders', partition, offset, timestamp: Date.UTC(2026, 2, 1) + offset },
      key: offset % 10 === 3 ? Buffer.from([0, 255]) : Buffer.from(`k${offset}`),
      value: offset % 10 === 4 ? null : Buffer.from(`{"offset":${offset}}`),
      headers: [{ key: 'source', value: Buffer.from('web') }],
    }
  })
}

/** What a command prints. */
async function printed<Options>(
  command: (context: ReturnType<typeof commandContext>, options: Options) => Promise<void>,
  { connector, environment }: TestDump,
  options: Options,
): Promise<string> {
  const texts: string[] = []
  await command(
    commandContext([connector], environment, text => void texts.push(text)),
    options,
  )
  return texts.join('')
}

const parsed = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

describe('cat', () => {
  const records = recordsFrom(0, 5)
  const expected = records.map(({ offset, timestamp }) => ({ topic: 'orders', partition: 0, offset, timestamp }))

  test.each(formatNames.filter(format => format !== 'raw'))('prints the records of %s, staged or not', async format => {
    const dumped = testDump(`cat-${format}`, bucketName, { format, compression: 'zstd' })
    const [written = ''] = await dumped.write(records)
    const staged = await dumped.stage(records)
    const { name } = dumped.connector
    for (const key of [written, staged, `s3://${bucketName}/${written}`]) {
      const rows = parsed(await printed(cat, dumped, { name, key }))
      expect(rows).toMatchObject(expected)
      expect(rows[0]).toMatchObject({ key: 'k0', value: '{"offset":0}', headers: [{ key: 'source', value: 'web' }] })
      expect(rows[3]).toMatchObject({ key: 'AP8=', keyEncoding: 'base64' })
      expect(rows[4].value).toBeNull()
      expect(parsed(await printed(cat, dumped, { name, key, limit: '2' }))).toHaveLength(2)
    }
  })

  test('prints the lines of raw as they are', async () => {
    const dumped = testDump('cat-raw', bucketName, { format: 'raw', recordSeparator: '--' })
    const { name } = dumped.connector
    const keys = [...(await dumped.write(records)), await dumped.stage(records)]
    for (const key of keys) {
      expect(await printed(cat, dumped, { name, key })).toBe(
        '{"offset":0}--{"offset":1}--{"offset":2}--{"offset":3}----',
      )
      expect(await printed(cat, dumped, { name, key, limit: '2' })).toBe('{"offset":0}--{"offset":1}--')
    }
  })

  test('JSON values are JSON, as the object has them', async () => {
    const dumped = testDump('cat-json', bucketName, { format: 'parquet', valueFormat: 'json' })
    const [key = ''] = await dumped.write(records)
    expect(parsed(await printed(cat, dumped, { name: 'cat-json', key }))[1].value).toEqual({ offset: 1 })
  })

  test('an object that isn’t there, or is none, is said to be', async () => {
    const dumped = testDump('cat-none', bucketName, {})
    const failing = (key: string) => printed(cat, dumped, { name: 'cat-none', key })
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
    const lines = parsed(await printed(objects, dumped, { name: 'log', json: true }))
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
    const table = await printed(objects, dumped, { name: 'log' })
    expect(table).toMatch(
      /^orders, partition 0\n +45–65 +20 +1,000 {2}2026-03-01 00:00:00 {2}flushSize +orders\/2.jsonl\n/,
    )
    expect(table).toMatch(/ {2}3 objects, 60 records, 3,000 bytes, 6 offsets in gaps\n/)
    const gaps = parsed(await printed(objects, dumped, { name: 'log', json: true, gaps: true }))
    expect(gaps.map(({ type }) => type)).toEqual(['gap', 'gap', 'gap', 'gap', 'unit', 'quarantined', 'total'])
    expect(await printed(objects, dumped, { name: 'log', topic: 'payments' })).toMatch(/^All\n {2}0 objects/)
  })

  test('where the newest record of each key is kept, tells only the objects that took the place of others', async () => {
    const dumped = testDump('latest', bucketName, { format: 'jsonl', keepLatest: true, rotate: { flushSize: 20 } })
    await commit(dumped, 0, 0)
    await commit(dumped, 1, 21, true)
    await commit(dumped, 2, 42, true)
    const lines = parsed(await printed(objects, dumped, { name: 'latest', json: true }))
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
    const lines = parsed(await printed(objects, dumped, { name: 'expired', json: true }))
    expect(lines[0]).toMatchObject({ key: 'orders/0.jsonl', expired: true })
    expect(lines.at(-1)).toMatchObject({ objects: 0, bytes: 0 })
  })

  test('without rotation, tells what is in the bucket', async () => {
    const dumped = testDump('listed', bucketName, { format: 'jsonl' })
    const [first] = await dumped.write(recordsFrom(0, 10))
    await dumped.write(recordsFrom(12, 10))
    await dumped.write(recordsFrom(20, 5))
    const lines = parsed(await printed(objects, dumped, { name: 'listed', json: true }))
    expect(lines[0]).toMatchObject({ type: 'object', key: first, firstOffset: 0, lastOffset: 9 })
    expect(lines.slice(3)).toMatchObject([
      { type: 'gap', topic: 'orders', partition: 0, firstOffset: 10, lastOffset: 11 },
      { type: 'overlap', firstOffset: 20, lastOffset: 21 },
      { type: 'unit', objects: 3, missing: 2 },
      { type: 'total', objects: 3, staged: 0 },
    ])
  })
})

describe('compact', () => {
  const rotate = { flushSize: 20 }

  test('makes objects of what is staged until nothing is due, and tells what it made', async () => {
    const dumped = testDump('compacted', bucketName, { format: 'jsonl', rotate })
    const { name } = dumped.connector
    for (const first of [0, 10, 20, 30, 40]) await dumped.stage(recordsFrom(first, 10))
    await dumped.stage(recordsFrom(0, 25, 1))
    expect(await printed(compact, dumped, { name, 'dry-run': true })).toMatch(
      /orders, partition 0: 2 objects from 4 staged objects/,
    )
    expect(parsed(await printed(objects, dumped, { name, json: true })).at(-1)).toMatchObject({ objects: 0, staged: 6 })
    const told = await printed(compact, dumped, { name })
    expect(told).toMatch(/✓ orders, partition 0: 2 objects, 40 records/)
    expect(told).toMatch(
      /Made 3 objects with 65 records, 0 MB\.\n1 staged object waits for more records or for the time/,
    )
    const lines = parsed(await printed(objects, dumped, { name, json: true }))
    expect(
      lines.filter(({ type }) => type === 'object').map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    ).toEqual([
      [20, 39],
      [0, 19],
      [0, 24],
    ])
    expect(lines.at(-1)).toMatchObject({ objects: 3, staged: 1 })
    const [{ key }] = lines.filter(({ type }) => type === 'object')
    expect(parsed(await printed(cat, dumped, { name, key })).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 20 }, (_, index) => 20 + index),
    )
    expect(await printed(compact, dumped, { name, once: true })).toMatch(/^Nothing was due\./)
  })

  test('a damaged batch fails the command with its name, and the others are compacted', async () => {
    const dumped = testDump('damaged', bucketName, { format: 'jsonl', rotate }, { failurePolicy: 'fail' })
    const { name } = dumped.connector
    const key = await dumped.stage(recordsFrom(0, 20))
    const bytes = await dumped.store.get(key)
    bytes.writeUInt8((bytes[0] ?? 0) ^ 255, 0)
    await dumped.store.put({ key, body: bytes, contentType: 'application/octet-stream', metadata: {} })
    await dumped.stage(recordsFrom(0, 20, 1))
    const texts: string[] = []
    const context = commandContext([dumped.connector], dumped.environment, text => void texts.push(text))
    await expect(compact(context, { name })).rejects.toThrow('1 of the topic-partitions could not be compacted')
    expect(texts.join('\n')).toMatch(/✗ orders, partition 0: .*damaged.*\(STAGED_OBJECT_DAMAGED\)/)
    expect(texts.join('\n')).toContain('✓ orders, partition 1: 1 object, 20 records')
  })

  test('what is interrupted makes no error of what was begun, and goes on the next time', async () => {
    const dumped = testDump('interrupted', bucketName, { format: 'jsonl', rotate })
    const { name } = dumped.connector
    for (let partition = 0; partition < 8; partition++) await dumped.stage(recordsFrom(0, 20, partition))
    const controller = new AbortController()
    const texts: string[] = []
    const context = {
      ...commandContext([dumped.connector], dumped.environment, text => {
        texts.push(text)
        if (text.startsWith('✓')) controller.abort()
      }),
      interruption: () => controller.signal,
    }
    await compact(context, { name })
    expect(texts.at(-1)).toBe('Interrupted.')
    await printed(compact, dumped, { name })
    expect(parsed(await printed(objects, dumped, { name, json: true })).at(-1)).toMatchObject({ objects: 8, staged: 0 })
  })
})

describe('compact --adopt', () => {
  const rotate = { flushSize: 1000 }
  const offsetsIn = async (dumped: TestDump) => {
    const keys = (await Array.fromAsync(dumped.store.list(`${dumped.settings.keys.prefix}/orders/`))).map(
      ({ key }) => key,
    )
    const rows = await Promise.all(keys.map(key => printed(cat, dumped, { name: dumped.connector.name, key })))
    return { keys, offsets: rows.flatMap(row => parsed(row).map(({ offset }) => offset)).toSorted((a, b) => a - b) }
  }
  const thirty = Array.from({ length: 30 }, (_, offset) => offset)

  test('asks before it deletes anything, then makes larger objects in the place of small ones', async () => {
    const dumped = testDump('adopted', bucketName, { format: 'jsonl', rotate: { ...rotate, flushSize: 30 } })
    const { name } = dumped.connector
    for (const first of thirty.filter(offset => offset % 10 === 0)) await dumped.write(recordsFrom(first, 10))
    await expect(printed(compact, dumped, { name, adopt: true })).rejects.toThrow('repeat the command with --yes')
    expect((await offsetsIn(dumped)).keys).toHaveLength(3)
    expect(await printed(compact, dumped, { name, adopt: true, yes: true })).toMatch(
      /3 objects, .* adopted; 3 of the old objects deleted\..*1 object, 30 records/s,
    )
    await expect(offsetsIn(dumped)).resolves.toEqual({
      keys: [expect.stringContaining('-0000000029')],
      offsets: thirty,
    })
  })

  test('to another folder, the old objects go when the new ones have their records', async () => {
    const old = testDump('small', bucketName, { format: 'jsonl' })
    const dumped = testDump('large', bucketName, { format: 'jsonl', rotate: { ...rotate, flushSize: 30 } })
    const { name } = dumped.connector
    for (const first of thirty.filter(offset => offset % 10 === 0)) await old.write(recordsFrom(first, 10))
    await old.write(recordsFrom(30, 5))
    expect(await printed(compact, dumped, { name, adopt: true, from: 'small/', yes: true })).toMatch(
      /1 old object stays until the new ones have all their records/,
    )
    expect((await offsetsIn(dumped)).offsets).toEqual(thirty)
    expect((await offsetsIn(old)).keys).toEqual([expect.stringContaining('0000000030-0000000034')])
  })

  test('is refused while the dump itself writes such objects', async () => {
    const dumped = testDump('unrotated', bucketName, { format: 'jsonl' })
    await expect(printed(compact, dumped, { name: 'unrotated', adopt: true, yes: true })).rejects.toThrow(
      'declare to.rotate first',
    )
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
  const lines = parsed(await printed(objects, dumped, { name: 'values', orphans: true, json: true }))
  expect(lines).toMatchObject([
    { type: 'orphan', topic: 'orders', partition: 0, offset: 3, key, bytes: 7, deleted: false },
  ])
  // It is too young: a batch that names it may be under way.
  const young = await printed(objects, dumped, { name: 'values', orphans: true, delete: true })
  expect(young).toContain(key)
  await expect(dumped.store.head(key)).resolves.toBeDefined()
})
