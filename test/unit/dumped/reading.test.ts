import fc from 'fast-check'
import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import { noFindings, type RecordSelection } from '../../../lib/dumped/dumped-records.ts'
import type { FormatName } from '../../../lib/formats/index.ts'
import type { PartitionerSettings } from '../../../lib/objects/partitioners.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { runsOf } from '../../../lib/staging/runs.ts'
import { bytes, headers } from '../../support/arbitrary-records.ts'
import { DumpBucket, readDumps } from '../../support/dump-bucket.ts'
import { legible } from '../../support/formats.ts'

const topic = 'orders'
const byKey: PartitionerSettings = { name: 'field', field: 'key', fallback: 'none' }

/** Records without what objects add. */
function asProduced(records: readonly KafkaRecord[]) {
  return legible(
    records.map(({ topic, partition, offset, timestamp, key, value, headers }) => {
      return { topic, partition, offset, timestamp, key, value, headers: [...headers] }
    }),
  )
}

function record(offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord {
  const value = Buffer.from(`value ${offset}`)
  return {
    topic,
    partition: 0,
    offset,
    timestamp: 1_000 + offset,
    key: Buffer.from(`k${offset % 7}`),
    value,
    headers: [],
    ...fields,
  }
}

const offsetsFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const offsetsOf = (records: readonly KafkaRecord[]) => records.map(({ offset }) => offset)

describe('each offset comes once, in order', () => {
  /** Batches of a partition, as retries and redrives deliver them: any stretch, again and again. */
  const deliveries = fc.array(
    fc.record({
      first: fc.nat({ max: 60 }),
      count: fc.integer({ min: 1, max: 30 }),
      isStaged: fc.boolean(),
      compacts: fc.boolean(),
      bucket: fc.nat({ max: 1 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const dump = fc.record({
    contents: fc.array(
      fc.record({
        gap: fc.nat({ max: 2 }),
        timestamp: fc.oneof(fc.integer({ min: -1, max: 9 }), fc.integer({ min: -8.64e15, max: 8.64e15 })),
        key: bytes,
        value: bytes,
        headers,
      }),
      { minLength: 1, maxLength: 90 },
    ),
    deliveries,
    format: fc.constantFrom<FormatName>('json', 'jsonl', 'avro', 'parquet'),
    compression: fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const),
    partitioner: fc.constantFrom<PartitionerSettings>({ name: 'default' }, byKey),
    across: fc.boolean(),
    maxInlineValueBytes: fc.constantFrom(undefined, 20),
  })
  const selection = fc.record({
    ranges: fc.option(fc.array(fc.tuple(fc.nat({ max: 150 }), fc.integer({ min: 1, max: 40 })), { maxLength: 3 })),
    from: fc.option(fc.integer({ min: -2, max: 9 })),
    until: fc.option(fc.integer({ min: -2, max: 9 })),
    keys: fc.option(
      fc.array(
        bytes.filter(key => key !== null),
        { maxLength: 2 },
      ),
    ),
    after: fc.option(fc.nat({ max: 120 })),
  })

  test('law: whatever objects overlap, and whatever is selected', async () => {
    await fc.assert(
      fc.asyncProperty(dump, selection, async (dump, chosen) => {
        const { format, compression, partitioner, maxInlineValueBytes } = dump
        let next = 0
        const produced = dump.contents.map(({ gap, ...content }) => {
          const made = { topic, partition: 0, offset: next, ...content }
          next += 1 + gap
          return made
        })
        const form = {
          format,
          compression,
          ...(maxInlineValueBytes === undefined ? {} : { maxInlineValueBytes, includeValueSize: true }),
        }
        const first = new DumpBucket({ prefix: 'a', form, keys: { partitioner } })
        const buckets = [first, new DumpBucket({ prefix: 'b', form, keys: { partitioner }, store: first.store })]
        const there = new Map<number, KafkaRecord>()
        for (const { first, count, isStaged, compacts, bucket } of dump.deliveries) {
          const some = produced.slice(first, first + count)
          if (some.length === 0) continue
          await buckets[bucket]?.dump(some, { isStaged })
          for (const one of some) there.set(one.offset, one)
          if (compacts) await buckets[bucket]?.compact(topic, dump.across ? 'all' : 0)
        }
        const present = produced.filter(({ offset }) => there.has(offset))
        const { ranges, from, until, keys, after } = chosen
        const selection: RecordSelection = {
          ...(ranges && { offsets: { [topic]: { 0: ranges } } }),
          ...(from !== null && { from }),
          ...(until !== null && { until }),
          ...(keys && { keys }),
        }
        const isIn = (offset: number) =>
          !ranges || ranges.some(([begin, count]) => offset >= begin && offset < begin + count)
        const isSelected = ({ offset, timestamp, key }: KafkaRecord) =>
          isIn(offset) &&
          (from === null || (timestamp !== -1 && timestamp >= from)) &&
          (until === null || (timestamp !== -1 && timestamp < until)) &&
          (!keys || (key !== null && keys.some(one => one.equals(key)))) &&
          offset > (after ?? -1)
        const { records, findings } = await readDumps(
          buckets,
          { topic, partition: 0 },
          selection,
          after === null ? {} : { after },
        )
        expect(asProduced(records)).toEqual(asProduced(present.filter(isSelected)))
        expect(findings).toMatchObject({ conflicts: 0, corrupt: [] })
        if (ranges || after !== null || from !== null || until !== null) return
        const gaps = offsetsFrom(present[0]?.offset ?? 0, present.at(-1)?.offset ?? -1).filter(
          offset => !there.has(offset),
        )
        expect(findings.missing).toEqual(runsOf(gaps))
      }),
      { numRuns: Number(process.env.DUMPED_RUNS ?? 60) },
    )
  })
})

describe('the selection', () => {
  test('of ranges says which of their offsets no object has', async () => {
    const bucket = new DumpBucket()
    await bucket.dump([10, 11, 13, 14, 20].map(offset => record(offset)))
    const { records, findings } = await bucket.read(
      { topic, partition: 0 },
      {
        offsets: {
          [topic]: {
            0: [
              [8, 5],
              [14, 1],
              [19, 4],
            ],
          },
        },
      },
    )
    expect(offsetsOf(records)).toEqual([10, 11, 14, 20])
    expect(findings).toMatchObject({
      missing: [
        [8, 2],
        [12, 1],
        [19, 1],
        [21, 2],
      ],
      missingOffsets: 6,
    })
  })

  test('finds every partition, also the last one, and topics by pattern', async () => {
    const bucket = new DumpBucket()
    for (const partition of offsetsFrom(0, 11))
      await bucket.dump([record(5, { partition })], { isStaged: partition % 2 === 0 })
    await bucket.dump([record(5, { topic: 'orders-eu' })])
    const dumped = createDumpedRecords([bucket.source])
    const found = async (selection: RecordSelection) =>
      (await Array.fromAsync(dumped.partitions(selection)))
        .map(({ topic, partition }) => `${topic}-${partition}`)
        .toSorted()
    expect(await found({ topics: ['orders'] })).toEqual(
      offsetsFrom(0, 11)
        .map(partition => `orders-${partition}`)
        .toSorted(),
    )
    expect(await found({ topics: ['/orders.+/'] })).toEqual(['orders-eu-0'])
    expect(await found({ topics: ['/.*/'], partitions: [11] })).toEqual(['orders-11'])
    expect(await found({ offsets: { orders: { 3: [[0, 9]] } } })).toEqual(['orders-3'])
    await dumped.close()
  })

  test('passes over whole objects without reading them', async () => {
    const bucket = new DumpBucket()
    for (const first of [0, 10, 20]) await bucket.dump(offsetsFrom(first, first + 9).map(offset => record(offset)))
    const [first = '', second = ''] = bucket.store.keys()
    bucket.store.objects.delete(first)
    bucket.store.objects.get(second)?.body.fill(0)
    const { source } = bucket
    const { records } = await readDumps([bucket], { topic, partition: 0 }, {}, { after: 19 })
    expect(source.prefix).toBe('lake')
    expect(offsetsOf(records)).toEqual(offsetsFrom(20, 29))
  })
})

test('timestamps that are more than 24.8 days apart come back as they were', async () => {
  const times = [0, 2 ** 31, 2 ** 32 + 1, -(2 ** 40), 8.64e15, -1, 1]
  for (const format of ['json', 'jsonl', 'avro', 'parquet'] as const) {
    const bucket = new DumpBucket({ form: { format } })
    await bucket.dump(times.map((timestamp, offset) => record(offset, { timestamp })))
    expect((await bucket.read({ topic, partition: 0 })).records.map(({ timestamp }) => timestamp)).toEqual(times)
  }
})

test('two different records with one offset: the committed one comes, else the newest, and the conflict is counted', async () => {
  const bucket = new DumpBucket()
  await bucket.dump([record(0, { value: Buffer.from('old') })])
  await bucket.dump([record(0, { value: Buffer.from('new') }), record(1)])
  const before = await bucket.read({ topic, partition: 0 })
  expect(before.records.map(({ value }) => `${value}`)).toEqual(['new', 'value 1'])
  expect(before.findings).toMatchObject({ duplicates: 1, conflicts: 1 })
  const other = new DumpBucket({ prefix: 'other', store: bucket.store })
  await other.dump([record(0, { value: Buffer.from('committed') })], { isStaged: true })
  await other.compact(topic, 0)
  await bucket.dump([record(0, { value: Buffer.from('newest') })])
  const { records } = await readDumps([bucket, other], { topic, partition: 0 })
  expect(`${records[0]?.value}`).toBe('committed')
})

test('reading ends at once when the signal aborts', async () => {
  const bucket = new DumpBucket()
  await bucket.dump([record(0)])
  const { source } = bucket
  const hanging = {
    ...source,
    store: { ...source.store, list: source.store.list.bind(source.store), slice: () => new Promise<Buffer>(() => {}) },
  }
  const dumped = createDumpedRecords([hanging as never])
  const controller = new AbortController()
  const reading = Array.fromAsync(
    dumped.read({ topic, partition: 0 }, {}, { findings: noFindings(), signal: controller.signal }),
  )
  setImmediate(() => controller.abort(new Error('enough')))
  await expect(reading).rejects.toThrow('enough')
})

test('a reading of which hardly anything is selected tells how far it has come, and can continue there', async () => {
  const bucket = new DumpBucket()
  const all = Array.from({ length: 25_000 }, (_, offset) => record(offset, { key: Buffer.from(`${offset}`) }))
  await bucket.dump(all)
  const place = { topic, partition: 0 }
  const selection = { keys: [Buffer.from('12000'), Buffer.from('24999')] }
  const { batches } = await bucket.read(place, selection)
  expect(batches.map(({ next }) => next)).toEqual([10_000, 20_000, 25_000])
  expect(batches.map(({ records }) => records.map(({ offset }) => offset))).toEqual([[], [12_000], [24_999]])
  const { records } = await bucket.read(place, selection, { after: 20_000 - 1 })
  expect(records.map(({ offset }) => offset)).toEqual([24_999])
})
