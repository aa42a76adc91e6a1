import fc from 'fast-check'
import type { KafkaRecord } from '../../../lib/record.ts'
import { compareInOrder, type Tolerance } from '../../../lib/verify/in-order.ts'
import { isIntact, type PartitionComparison } from '../../../lib/verify/partition-comparison.ts'
import { recordFields } from '../../../lib/verify/record-fields.ts'
import { RecordStream } from '../../../lib/verify/record-stream.ts'
import { Tally } from '../../../lib/verify/tally.ts'

const compared = { fields: recordFields, addedHeaders: false }
const strict: Tolerance = { mayBeginEarlier: { first: false, second: false }, mayLag: false }

function recordOf(number: number, fields: Partial<KafkaRecord> = {}): KafkaRecord {
  return {
    ...{ topic: 'orders', partition: 0, offset: number, timestamp: 1_000 + number },
    ...{ key: Buffer.from(`k${number % 7}`), value: Buffer.from(`v${number}`), headers: [] },
    ...fields,
  }
}

const numbered = (count: number, first = 0) => Array.from({ length: count }, (_, index) => recordOf(first + index))

/** The copy has offsets of its own. */
const copied = (records: KafkaRecord[]) => records.map((record, index) => ({ ...record, offset: 100 + 2 * index }))

async function compare(
  first: KafkaRecord[],
  second: KafkaRecord[],
  tolerance: Partial<Tolerance> = {},
  batch = 50,
): Promise<PartitionComparison> {
  async function* batches(records: KafkaRecord[]) {
    for (let start = 0; start < records.length; start += batch) yield records.slice(start, start + batch)
  }
  const tally = new Tally({ topic: 'orders', partition: 0 }, compared)
  const streams = [first, second].map(records => new RecordStream(batches(records))) as [RecordStream, RecordStream]
  await compareInOrder(...streams, tally, { compared, ...strict, ...tolerance })
  return tally.result()
}

const without = (records: KafkaRecord[], ...numbers: number[]) => records.filter((_, index) => !numbers.includes(index))
const replaced = (records: KafkaRecord[], number: number, fields: Partial<KafkaRecord>) =>
  records.map((record, index) => (index === number ? { ...record, ...fields } : record))

test('a copy with other offsets and with headers of this project is the same', async () => {
  const headers = [{ key: 'kafka-functions.source', value: Buffer.from('eu') }]
  const copy = copied(numbered(200)).map(record => ({ ...record, headers }))
  const result = await compare(numbered(200), copy)
  expect(result).toMatchObject({ equal: 200, differing: 0, onlyFirst: 0, onlySecond: 0, moved: 0, differences: [] })
  expect(result.digestFirst).toBe(result.digestSecond)
  expect(isIntact(result)).toBe(true)
})

test.each<[string, Partial<KafkaRecord>, string]>([
  ['a header', { headers: [{ key: 'h', value: null }] }, 'headers'],
  ['a value', { value: Buffer.from('other') }, 'value'],
  ['a key', { key: null }, 'key'],
  ['a timestamp', { timestamp: -1 }, 'timestamp'],
])('%s that differs is told with its offsets, and the rest is the same', async (_, fields, field) => {
  const result = await compare(numbered(100), copied(replaced(numbered(100), 40, fields)))
  expect(result).toMatchObject({ equal: 99, differing: 1, onlyFirst: 0, onlySecond: 0, moved: 0 })
  expect(result.differences).toEqual([{ kind: 'differs', first: 40, second: 180, fields: [field] }])
  expect(result.digestFirst).not.toBe(result.digestSecond)
})

test('null and empty bytes differ, in keys, values and headers', async () => {
  const empty = Buffer.alloc(0)
  const headersOf = (value: Buffer | null) => [{ key: 'h', value }]
  const first = [recordOf(0, { key: empty }), recordOf(1, { value: empty }), recordOf(2, { headers: headersOf(empty) })]
  const second = [recordOf(0, { key: null }), recordOf(1, { value: null }), recordOf(2, { headers: headersOf(null) })]
  const { differences, digestFirst, digestSecond } = await compare(first, second)
  expect(differences.map(({ fields }) => fields)).toEqual([['key'], ['value'], ['headers']])
  expect(digestFirst).not.toBe(digestSecond)
})

test('records that one side lacks don’t make the following ones different', async () => {
  const lacking = await compare(numbered(3_000), copied(without(numbered(3_000), 7, 8, 9, 2_000)))
  expect(lacking).toMatchObject({ equal: 2_996, differing: 0, onlyFirst: 4, onlySecond: 0, moved: 0 })
  expect(lacking.differences.map(({ first }) => first)).toEqual([7, 8, 9, 2_000])
  const added = await compare(without(numbered(3_000), 7, 8, 9, 2_999), copied(numbered(3_000)))
  expect(added).toMatchObject({ equal: 2_996, differing: 0, onlyFirst: 0, onlySecond: 4, moved: 0 })
  expect(added.differences.map(({ second }) => second)).toEqual([114, 116, 118, 6_098])
})

test('a gap that is longer than what is looked at ends where the other side’s time is reached', async () => {
  const all = numbered(60_000)
  const second = copied([...all.slice(0, 1_000), ...all.slice(50_000)])
  expect(await compare(all, second)).toMatchObject({ equal: 11_000, onlyFirst: 49_000, onlySecond: 0, moved: 0 })
})

test('records in another order are told as such', async () => {
  const records = numbered(100)
  const [a, b] = [records[40] as KafkaRecord, records[41] as KafkaRecord]
  const second = copied([...records.slice(0, 40), b, a, ...records.slice(42)])
  expect(await compare(records, second)).toMatchObject({
    equal: 99,
    moved: 1,
    differing: 0,
    onlyFirst: 0,
    onlySecond: 0,
  })
  const far = copied([
    ...records.slice(0, 10),
    ...records.slice(11, 90),
    records[10] as KafkaRecord,
    ...records.slice(90),
  ])
  const result = await compare(records, far)
  expect(result).toMatchObject({ equal: 99, moved: 1, differing: 0, onlyFirst: 0, onlySecond: 0 })
  expect(result.differences).toEqual([{ kind: 'moved', first: 10, second: 278 }])
})

test('a record that was written twice is there once too often', async () => {
  const records = numbered(1_000)
  const second = copied([...records.slice(0, 500), ...records.slice(450, 500), ...records.slice(500)])
  expect(await compare(records, second)).toMatchObject({ equal: 1_000, onlyFirst: 0, onlySecond: 50, moved: 0 })
})

test('what retention has deleted on one side, and what has not been replicated yet, is no difference', async () => {
  const all = numbered(2_000)
  const mayBeginEarlier = { first: true, second: false }
  const deleted = await compare(all, copied(all.slice(700)), { mayBeginEarlier })
  expect(deleted).toMatchObject({ equal: 1_300, gone: 700, onlyFirst: 0 })
  expect(deleted.digestFirst).toBe(deleted.digestSecond)
  const lagging = await compare(all, copied(all.slice(0, 1_200)), { mayLag: true })
  expect(lagging).toMatchObject({ equal: 1_200, notYet: 800, onlyFirst: 0 })
  expect(isIntact(deleted) && isIntact(lagging)).toBe(true)
  expect(await compare(all, copied(all.slice(700)))).toMatchObject({ equal: 1_300, gone: 0, onlyFirst: 700 })
  expect(await compare(all, copied(all.slice(0, 1_200)))).toMatchObject({ equal: 1_200, notYet: 0, onlyFirst: 800 })
})

test('two topics without any common record', async () => {
  const result = await compare(numbered(5_000), copied(numbered(5_000, 10_000)))
  expect(result).toMatchObject({ equal: 0, onlyFirst: 5_000, onlySecond: 5_000 })
  expect(await compare([], copied(numbered(10)))).toMatchObject({ equal: 0, onlySecond: 10 })
  expect(await compare([], [])).toMatchObject({ equal: 0, differences: [] })
})

/** Few different records, so that many are the same. */
const someRecord = fc.record({
  key: fc.constantFrom(null, Buffer.from('a'), Buffer.from('b')),
  value: fc.constantFrom(null, Buffer.from('1'), Buffer.from('2')),
  timestamp: fc.constantFrom(1, 2),
})
const edit = fc.record({ kind: fc.constantFrom('drop', 'insert', 'change', 'swap'), at: fc.nat(), record: someRecord })

test('every record of both is told once, whatever was changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someRecord, { maxLength: 60 }),
      fc.array(edit, { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      async (base, edits, batch) => {
        const first = base.map((fields, index) => recordOf(index, fields))
        const second = copied(edits.reduce(edited, first))
        const result = await compare(first, second, {}, batch)
        const { equal, differing, moved, onlyFirst, onlySecond } = result
        expect(equal + differing + moved + onlyFirst).toBe(first.length)
        expect(equal + differing + moved + onlySecond).toBe(second.length)
        const same =
          first.length === second.length && first.every((one, index) => contentOf(one) === contentOf(second[index]))
        expect(isIntact(result)).toBe(same)
        expect(result.digestFirst === result.digestSecond).toBe(same)
      },
    ),
  )
})

function edited(
  records: KafkaRecord[],
  { kind, at, record }: { kind: string; at: number; record: Partial<KafkaRecord> },
) {
  const place = records.length === 0 ? 0 : at % records.length
  const one = recordOf(0, record)
  if (kind === 'insert') return records.toSpliced(place, 0, one)
  if (records.length === 0) return records
  if (kind === 'drop') return records.toSpliced(place, 1)
  if (kind === 'change') return records.toSpliced(place, 1, one)
  return records.toSpliced(place, 2, ...records.slice(place, place + 2).toReversed())
}

function contentOf(record: KafkaRecord | undefined): string {
  return JSON.stringify([
    record?.timestamp,
    record?.key?.toString('hex') ?? null,
    record?.value?.toString('hex') ?? null,
  ])
}
