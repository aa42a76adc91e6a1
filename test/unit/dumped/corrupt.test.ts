import type { FormatName } from '../../../lib/formats/index.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { DumpBucket } from '../../support/dump-bucket.ts'

const place = { topic: 'orders', partition: 0 }

function records(first: number, last: number): KafkaRecord[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const offset = first + index
    return { ...place, offset, timestamp: offset, key: null, value: Buffer.from(`value ${offset}`), headers: [] }
  })
}

const offsetsOf = (records: readonly KafkaRecord[]) => records.map(({ offset }) => offset)
const range = (first: number, last: number) => offsetsOf(records(first, last))

/** Three objects, of which the second is damaged. */
async function damagedBucket(format: FormatName, damage: (body: Buffer) => Buffer | undefined) {
  const bucket = new DumpBucket({ form: { format } })
  for (const first of [0, 1_000, 2_000]) await bucket.dump(records(first, first + 999))
  const key = bucket.store.keys()[1] as string
  const object = bucket.store.objects.get(key)
  const body = damage(object?.body as Buffer)
  if (body === undefined) bucket.store.objects.delete(key)
  else bucket.store.objects.set(key, { ...(object as NonNullable<typeof object>), body, size: body.length })
  return { bucket, key }
}

const damages = {
  'cut off': (body: Buffer) => body.subarray(0, body.length - 60),
  'of other bytes': (body: Buffer) => Buffer.alloc(body.length, 'x'),
}

describe.each(['json', 'jsonl', 'avro', 'parquet'] as const)('an object of %s', format => {
  test.each(Object.entries(damages))('that is %s ends the reading, or is passed over', async (_, damage) => {
    const { bucket, key } = await damagedBucket(format, damage)
    await expect(bucket.read(place)).rejects.toMatchObject({
      ...{ code: 'DUMP_OBJECT_UNREADABLE', topic: 'orders', partition: 0, offset: expect.any(Number) },
      message: expect.stringContaining(key),
    })
    const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
    expect(findings.corrupt).toEqual([
      {
        key,
        firstOffset: 1_000,
        lastOffset: 1_999,
        error: expect.objectContaining({ code: 'DUMP_OBJECT_UNREADABLE' }),
      },
    ])
    // Nothing of other objects is lost, and what was read before the damage came.
    const offsets = offsetsOf(read)
    const before = offsets.filter(offset => offset >= 1_000 && offset < 2_000)
    expect(offsets).toEqual([...range(0, 999), ...range(1_000, 999 + before.length), ...range(2_000, 2_999)])
    expect(findings.missing).toEqual([[1_000 + before.length, 1_000 - before.length]])
  })
})

test('records before a damage come, also those of the last object, and what is behind is missing', async () => {
  const bucket = new DumpBucket({ form: { format: 'jsonl', compression: 'none' } })
  await bucket.dump(records(0, 9))
  const [key = ''] = bucket.store.keys()
  const object = bucket.store.objects.get(key) as NonNullable<ReturnType<typeof bucket.store.objects.get>>
  const body = object.body.subarray(0, object.body.length - 30)
  bucket.store.objects.set(key, { ...object, body, size: body.length })
  const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
  expect(offsetsOf(read).length + findings.missingOffsets).toBe(10)
  expect(findings.missing).toEqual([[offsetsOf(read).length, 10 - offsetsOf(read).length]])
})

/** Puts the first bytes of an object in its place, as somebody does who copies it with a tool that gives up. */
async function cutOff({ store }: DumpBucket, key: string, bytes: number) {
  const { body } = store.objects.get(key) as { body: Buffer }
  await store.put({ key, body: body.subarray(0, bytes), contentType: '', metadata: {} })
}

describe('an object that is cut off is not taken for a whole one, wherever it ends', () => {
  test.each([
    ['jsonl', 'none', false],
    ['jsonl', 'zstd', true],
    ['jsonl', 'gzip', true],
    ['avro', 'none', true],
  ] as const)('in %s, %s, committed: %p', async (format, compression, isCommitted) => {
    const bucket = new DumpBucket({ form: { format, compression } })
    for (const first of [0, 3, 6]) await bucket.dump(records(first, first + 2), { isStaged: isCommitted })
    if (isCommitted) await bucket.compact('orders', 0)
    const key = bucket.store.keys('lake/orders/').at(-1) as string
    const whole = bucket.store.objects.get(key)?.body as Buffer
    for (let bytes = 0; bytes < whole.length; bytes++) {
      await cutOff(bucket, key, bytes)
      // What was cut off behind the records is nothing of them, such as a line's end.
      const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
      if (read.length === 9) continue
      expect({ bytes, findings }).toMatchObject({
        bytes,
        findings: { corrupt: [{ key }], missingOffsets: 9 - read.length },
      })
      await bucket.store.put({ key, body: whole, contentType: '', metadata: {} })
    }
  })

  test('nor one of all partitions', async () => {
    const bucket = new DumpBucket()
    for (const first of [0, 3, 6]) await bucket.dump(records(first, first + 2), { isStaged: true })
    await bucket.compact('orders', 'all')
    const [key = ''] = bucket.store.keys('lake/orders/')
    const whole = bucket.store.objects.get(key)?.body as Buffer
    for (let bytes = 0; bytes < whole.length; bytes++) {
      await cutOff(bucket, key, bytes)
      const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
      expect({ bytes, findings }).toMatchObject({
        bytes,
        findings: { corrupt: [{ key }], missingOffsets: 9 - read.length },
      })
      await bucket.store.put({ key, body: whole, contentType: '', metadata: {} })
    }
  })
})

describe('an object that has fewer records than its name says is whole', () => {
  test('when compaction has emptied it, and its log is gone', async () => {
    const bucket = new DumpBucket()
    const keyed = records(0, 5).map(record => ({ ...record, key: Buffer.from('one') }))
    for (const [index, record] of keyed.entries()) {
      await bucket.dump([record], { isStaged: true })
      if (index > 3) await bucket.compact('orders', 0, { keepLatest: { tombstones: 'keep' } })
    }
    for (const key of bucket.store.keys('lake/_commits/')) bucket.store.objects.delete(key)
    expect(offsetsOf((await bucket.read(place)).records)).toEqual([5])
  })

  test('when a batch of it was damaged before it was compacted', async () => {
    const bucket = new DumpBucket()
    for (const first of [0, 3]) await bucket.dump(records(first, first + 2), { isStaged: true })
    const key = bucket.store.keys('lake/_staging/')[1] as string
    const { body } = bucket.store.objects.get(key) as { body: Buffer }
    const store = bucket.store.client(call => {
      // The plan is there, and names the whole object.
      if (call === 'create') body.fill(0)
    })
    await bucket.compact('orders', 0, { store })
    expect(bucket.store.keys('lake/orders/')).toHaveLength(1)
    expect(offsetsOf((await bucket.read(place)).records)).toEqual(range(0, 2))
    for (const key of bucket.store.keys('lake/_commits/')) bucket.store.objects.delete(key)
    expect(offsetsOf((await bucket.read(place)).records)).toEqual(range(0, 2))
  })
})

describe('an object that a commit log names', () => {
  async function compacted() {
    const bucket = new DumpBucket()
    for (const first of [0, 10, 20]) {
      await bucket.dump(records(first, first + 9), { isStaged: true })
      await bucket.compact('orders', 0)
    }
    return { bucket, keys: bucket.store.keys('lake/orders/') }
  }

  test('and that is missing ends the reading, or is passed over', async () => {
    const { bucket, keys } = await compacted()
    bucket.store.objects.delete(keys[1] as string)
    await expect(bucket.read(place)).rejects.toMatchObject({
      ...{ code: 'STORE_OBJECT_MISSING', topic: 'orders', partition: 0, offset: 10 },
      message: expect.stringContaining(keys[1] as string),
    })
    const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
    expect(offsetsOf(read)).toEqual([...range(0, 9), ...range(20, 29)])
    expect(findings).toMatchObject({
      missing: [[10, 10]],
      corrupt: [{ key: keys[1], firstOffset: 10, lastOffset: 19 }],
    })
  })

  test('and that its retention has deleted is not missing', async () => {
    const { bucket, keys } = await compacted()
    bucket.store.objects.delete(keys[0] as string)
    const source = { ...bucket.source, recordRetentionMs: 86_400_000 }
    const { createDumpedRecords } = await import('../../../lib/dumped/create-dumped-records.ts')
    const { noFindings } = await import('../../../lib/dumped/dumped-records.ts')
    const findings = noFindings()
    const read = await Array.fromAsync(createDumpedRecords([source]).read(place, {}, { findings }))
    expect(offsetsOf(read.flatMap(batch => batch.records))).toEqual(range(10, 29))
    expect(findings).toMatchObject({ missing: [], corrupt: [] })
  })
})

test('a large value that is missing is found by its record', async () => {
  const bucket = new DumpBucket({ form: { maxInlineValueBytes: 5, includeValueSize: true } })
  await bucket.dump(records(0, 2))
  const [key = ''] = bucket.store.keys('lake/_overflow/')
  bucket.store.objects.delete(key)
  await expect(bucket.read(place)).rejects.toMatchObject({
    ...{ code: 'STORE_OBJECT_MISSING', topic: 'orders', partition: 0, offset: 0 },
    message: expect.stringContaining(key),
  })
  const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
  expect(offsetsOf(read)).toEqual([1, 2])
  expect(findings).toMatchObject({ missing: [[0, 1]], corrupt: [{ key, firstOffset: 0, lastOffset: 0 }] })
})

test('objects of values only are refused with the reason', async () => {
  for (const isStaged of [false, true]) {
    const bucket = new DumpBucket({ form: { format: 'raw' } })
    await bucket.dump(records(0, 2), { isStaged })
    await expect(bucket.read(place)).rejects.toMatchObject({
      code: 'RESTORE_FORMAT_LOSSY',
      topic: 'orders',
      partition: 0,
    })
  }
})

test('a staged object that is damaged ends the reading, or is passed over', async () => {
  const bucket = new DumpBucket()
  await bucket.dump(records(0, 9), { isStaged: true })
  await bucket.dump(records(10, 19), { isStaged: true })
  const [key = ''] = bucket.store.keys('lake/_staging/')
  bucket.store.objects.get(key)?.body.fill(0, 0, 40)
  await expect(bucket.read(place)).rejects.toMatchObject({ code: 'STAGED_OBJECT_DAMAGED', offset: 0 })
  const { records: read, findings } = await bucket.read(place, {}, { skipCorrupt: true })
  expect(offsetsOf(read)).toEqual(range(10, 19))
  expect(findings.missing).toEqual([[0, 10]])
})
