import { createHash } from 'node:crypto'
import { createRecordDigest, type DigestedRecord } from '../../lib/record-digest.ts'

const record = (changes: Partial<DigestedRecord> = {}): DigestedRecord => ({
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: [{ key: 'h', value: Buffer.from([0xff]) }],
  timestamp: 1_600_000_000_000,
  ...changes,
})

const digestOf = (...records: DigestedRecord[]) => {
  const digest = createRecordDigest()
  digest.add(records)
  return digest.digest()
}

test('the bytes that are hashed are those of the documentation', () => {
  const bytes = Buffer.from('00000174876e8000000000016b00000001760000000100000001680000000 1ff'.replace(' ', ''), 'hex')
  expect(digestOf(record())).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('how records are divided has no effect, and values larger than a chunk count whole', () => {
  const records = [record(), record({ value: Buffer.alloc(600_000, 7) }), record({ key: null }), record()]
  const digest = createRecordDigest()
  for (const one of records) digest.add([one])
  expect(digest.digest()).toBe(digestOf(...records))
  expect(digest.records).toBe(4)
  expect(digest.digest()).toBe(digestOf(...records))
})

test.each<[string, Partial<DigestedRecord>]>([
  ['a null key from an empty one', { key: null }],
  ['a tombstone from empty bytes', { value: null }],
  ['a header’s null from empty bytes', { headers: [{ key: 'h', value: null }] }],
  ['the number of headers', { headers: [] }],
  ['a millisecond', { timestamp: 1_600_000_000_001 }],
])('tells %s', (_, changes) => {
  const plain = record({
    key: Buffer.alloc(0),
    value: Buffer.alloc(0),
    headers: [{ key: 'h', value: Buffer.alloc(0) }],
  })
  expect(digestOf({ ...plain, ...changes })).not.toBe(digestOf(plain))
})

test('neither order nor the border of key and value can be exchanged', () => {
  const [first, second] = [record({ key: Buffer.from('ab'), value: Buffer.from('c') }), record()]
  expect(digestOf(first, second)).not.toBe(digestOf(second, first))
  expect(digestOf(first)).not.toBe(digestOf(record({ key: Buffer.from('a'), value: Buffer.from('bc') })))
})
