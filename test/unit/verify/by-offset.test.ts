import type { KafkaRecord } from '../../../lib/record.ts'
import { compareByOffset, type Explanations } from '../../../lib/verify/by-offset.ts'
import type { PartitionComparison } from '../../../lib/verify/partition-comparison.ts'
import { type Compared, recordFields } from '../../../lib/verify/record-fields.ts'
import { RecordStream } from '../../../lib/verify/record-stream.ts'
import { Tally } from '../../../lib/verify/tally.ts'

const all: Compared = { fields: recordFields, addedHeaders: true }
const never = { isGone: () => false, isNotKept: () => false }

function recordOf(offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord {
  const headers = [{ key: 'h', value: Buffer.from('1') }]
  const bytes = { key: Buffer.from(`k${offset}`), value: Buffer.from(`v${offset}`), headers }
  return { topic: 'orders', partition: 0, offset, timestamp: 1_000 + offset, ...bytes, ...fields }
}

const records = (...offsets: number[]) => offsets.map(offset => recordOf(offset))

async function compare(
  dump: KafkaRecord[],
  topic: KafkaRecord[],
  options: Partial<Explanations & { compared: Compared }> = {},
): Promise<PartitionComparison & { last?: number }> {
  async function* batches(some: KafkaRecord[]) {
    for (let start = 0; start < some.length; start += 3) yield some.slice(start, start + 3)
  }
  const tally = new Tally({ topic: 'orders', partition: 0 }, options.compared ?? all)
  const [first, second] = [new RecordStream(batches(dump)), new RecordStream(batches(topic))]
  const last = await compareByOffset(first, second, tally, { compared: all, ...never, ...options })
  return { ...tally.result(), last }
}

test('the same offsets with the same records, also across gaps', async () => {
  const offsets = [0, 1, 2, 5, 9, 10, 11]
  const result = await compare(records(...offsets), records(...offsets))
  expect(result).toMatchObject({ equal: 7, differing: 0, onlyFirst: 0, onlySecond: 0, last: 11, differences: [] })
  expect(result.digestFirst).toBe(result.digestSecond)
})

test('what one side lacks is told, and what the topic has behind the dump isn’t read', async () => {
  const result = await compare(records(1, 2, 4, 5), records(0, 1, 3, 4, 5, 6, 7, 8))
  expect(result).toMatchObject({ equal: 3, onlyFirst: 1, onlySecond: 2, last: 5 })
  expect(result.differences).toEqual([
    { kind: 'only-second', second: 0 },
    { kind: 'only-first', first: 2 },
    { kind: 'only-second', second: 3 },
  ])
  expect(result.digestFirst).not.toBe(result.digestSecond)
})

test('records that were swapped differ at both offsets', async () => {
  const { key, value } = recordOf(2)
  const swapped = [recordOf(1, { key, value }), recordOf(2, { key: recordOf(1).key, value: recordOf(1).value })]
  const { differences } = await compare(records(0, 1, 2, 3), [recordOf(0), ...swapped, recordOf(3)])
  expect(differences).toEqual([
    { kind: 'differs', first: 1, second: 1, fields: ['key', 'value'] },
    { kind: 'differs', first: 2, second: 2, fields: ['key', 'value'] },
  ])
})

test('what is explained is counted apart, and isn’t in the digests', async () => {
  const gone = await compare(records(0, 1, 2, 3), records(2, 3), { isGone: ({ offset }) => offset < 2 })
  expect(gone).toMatchObject({ equal: 2, gone: 2, onlyFirst: 0 })
  expect(gone.digestFirst).toBe(gone.digestSecond)
  const latest = await compare(records(1, 3), records(1, 2, 3), { isNotKept: () => true })
  expect(latest).toMatchObject({ equal: 2, notKept: 1, onlySecond: 0 })
  expect(latest.digestFirst).toBe(latest.digestSecond)
})

test('fields that the dump doesn’t have aren’t compared', async () => {
  const compared: Compared = { fields: ['timestamp', 'value'], addedHeaders: true }
  const bare = records(0, 1).map(record => ({ ...record, key: null, headers: [] }))
  const result = await compare(bare, records(0, 1), { compared })
  expect(result).toMatchObject({ equal: 2, differing: 0 })
  expect(result.digestFirst).toBe(result.digestSecond)
  expect(await compare(bare, records(0, 1))).toMatchObject({ equal: 0, differing: 2 })
})

test('the first differences are told, however many there are', async () => {
  const offsets = Array.from({ length: 5_000 }, (_, offset) => offset)
  const others = offsets.map(offset => recordOf(offset, { value: null }))
  const { differing, differences } = await compare(records(...offsets), others)
  expect(differing).toBe(5_000)
  expect(differences.map(({ first }) => first)).toEqual(offsets.slice(0, 10))
})
