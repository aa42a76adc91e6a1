import * as library from '@platformatic/kafka'
import fc from 'fast-check'
import { type Codec, codecNames } from '../../../../lib/kafka/codec.ts'
import { encodeBatch } from '../../../../lib/kafka/produce/record-batch.ts'
import { fits, type IndexedRecord, RequestRoom } from '../../../../lib/kafka/produce/request-split.ts'
import { bytes, headers } from '../../../support/arbitrary-records.ts'

const record = fc.record({
  key: bytes,
  value: fc.oneof(
    bytes,
    fc.nat(20_000).map(length => Buffer.alloc(length, length)),
  ),
  headers,
  timestamp: fc.oneof(
    fc.constant(-1),
    fc.maxSafeNat().map(time => time % 2 ** 51),
  ),
})
const header = { identity: { producerId: 7n, producerEpoch: 1 }, sequence: 3, transactional: false }
const encode = (records: Parameters<typeof encodeBatch>[0], codec: Codec = 'none') =>
  encodeBatch(records, header, codec, library)

/** The requests in which records are sent. */
function requestsOf(records: IndexedRecord[], maxBytes: number): IndexedRecord[][] {
  const requests: IndexedRecord[][] = []
  for (let next = 0; next < records.length; ) {
    const count = new RequestRoom(maxBytes).take(records, next)
    requests.push(records.slice(next, next + count))
    next += count
  }
  return requests
}

test('law: a record fits where its batch does, to the byte', async () => {
  await fc.assert(
    fc.asyncProperty(record, async record => {
      const { length } = await encode([record])
      expect([fits(record, length - 1), fits(record, length)]).toEqual([false, true])
    }),
  )
})

test('law: requests keep all records in order, and none is larger than allowed, whatever the codec', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 25_000, max: 60_000 }),
      fc.constantFrom(...codecNames),
      async (records, maxBytes, codec) => {
        const sized = records.filter(record => fits(record, maxBytes)).map((record, index) => ({ record, index }))
        const requests = requestsOf(sized, maxBytes)
        expect(requests.flat()).toEqual(sized)
        for (const request of requests) {
          const batch = await encode(
            request.map(({ record }) => record),
            codec,
          )
          expect(batch.length).toBeLessThanOrEqual(maxBytes)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('requests are filled: only what would not fit begins another one', () => {
  const one = { key: null, value: Buffer.alloc(1_000), headers: [], timestamp: 0 }
  const records = Array.from({ length: 100 }, (_, index) => ({ record: one, index }))
  expect(requestsOf(records, 10_400).map(request => request.length)).toEqual(Array(10).fill(10))
})

test('a record that is only small enough compressed has a request of its own', () => {
  const sized = (length: number) => ({ key: null, value: Buffer.alloc(length), headers: [], timestamp: 0 })
  const records = [10, 50_000, 60_000, 10, 10].map((length, index) => ({ record: sized(length), index }))
  expect(requestsOf(records, 10_000).map(request => request.length)).toEqual([1, 1, 1, 2])
})
