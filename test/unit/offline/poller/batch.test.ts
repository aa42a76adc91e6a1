import fc from 'fast-check'
import type { ConsumedRecord } from '../../../../lib/kafka/read/consumed-record.ts'
import { Batch } from '../../../../lib/offline/poller/batch.ts'
import { envelopeOf, MAX_PAYLOAD_BYTES } from '../../../../lib/offline/poller/event.ts'
import type { RecordHeader } from '../../../../lib/record.ts'

const envelope = envelopeOf({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b-1:9092' })
const empty = (maxRecords = 10_000) => new Batch({ topic: 'orders', envelope, maxRecords })

function record(offset: number, value: Buffer | null = Buffer.from('v'), headers: RecordHeader[] = []): ConsumedRecord {
  return { offset, timestamp: 1545084650987, timestampType: 'CREATE_TIME', key: null, value, headers }
}

/** The partitions and offsets of an event, as `partition:offset`. */
function placesOf(batch: Batch): string[] {
  const { records } = JSON.parse(batch.payload().toString()) as {
    records: Record<string, { partition: number; offset: number }[]>
  }
  return Object.values(records).flatMap(list => list.map(({ partition, offset }) => `${partition}:${offset}`))
}

/** Gathers like the poller: a record without room goes into the next batch. */
function gather(records: [partition: number, record: ConsumedRecord][], maxRecords: number): Batch[] {
  const batches = [empty(maxRecords)]
  for (const [partition, next] of records) {
    if (batches.at(-1)?.add(partition, next)) continue
    batches.push(empty(maxRecords))
    expect(batches.at(-1)?.add(partition, next)).toBe(true)
  }
  return batches
}

/** Records in the order of their arrival; a size of -1 is a tombstone. */
function arrivalsOf(size: fc.Arbitrary<number>) {
  const header = fc.option(fc.string({ unit: 'binary', maxLength: 5 }))
  const arrival = fc.record({ partition: fc.nat(3), size: fc.oneof(fc.constant(-1), fc.nat(40), size), header })
  return fc.array(arrival, { minLength: 1, maxLength: 15 }).map(list =>
    list.map(({ partition, size, header }, offset): [number, ConsumedRecord] => {
      const headers = header ? [{ key: header, value: Buffer.from(header) }] : []
      return [partition, record(offset, size < 0 ? null : Buffer.alloc(size, 7), headers)]
    }),
  )
}

/** Sizes up to more than the cap, so that a few records fill a batch. */
const arrivals = arrivalsOf(fc.integer({ min: 1_000_000, max: 4_800_000 }))

describe('laws', () => {
  test('no record is lost, comes twice, or overtakes another of its partition', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (records, maxRecords) => {
        const batches = gather(records, maxRecords)
        const out = batches.flatMap(placesOf)
        for (const partition of [0, 1, 2, 3]) {
          const expected = records.filter(([of]) => of === partition).map(([, { offset }]) => `${partition}:${offset}`)
          expect(out.filter(place => place.startsWith(`${partition}:`))).toEqual(expected)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('a payload has the counted bytes, more than the cap only for a single record, and never too many records', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (records, maxRecords) => {
        for (const batch of gather(records, maxRecords)) {
          expect(batch.payload().length).toBe(batch.bytes)
          expect(batch.isOversized).toBe(batch.bytes > MAX_PAYLOAD_BYTES)
          if (batch.isOversized) expect(batch.count).toBe(1)
          expect(placesOf(batch)).toHaveLength(batch.count)
          expect(batch.count).toBeLessThanOrEqual(maxRecords)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('two halves make the whole, and end where it ends', () => {
    fc.assert(
      fc.property(arrivalsOf(fc.nat(100)), records => {
        const [batch] = gather(records, 100)
        if (!batch) return
        const [first, second] = batch.split()
        expect(first.count - second.count).toBeLessThanOrEqual(1)
        expect([...placesOf(first), ...placesOf(second)]).toEqual(placesOf(batch))
        expect(new Map([...first.ends(), ...second.ends()])).toEqual(batch.ends())
      }),
    )
  })
})

describe('the cap', () => {
  test('a payload of exactly the cap fits', () => {
    const small = empty()
    small.add(0, record(0, Buffer.alloc(3)))
    // Base64 grows in steps of four bytes; the rest is made up for by the envelope.
    const missing = MAX_PAYLOAD_BYTES - small.bytes
    const wider = envelopeOf({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: `b-1:9092${'0'.repeat(missing % 4)}`,
    })
    const batch = new Batch({ topic: 'orders', envelope: wider, maxRecords: 10 })
    expect(batch.add(0, record(0, Buffer.alloc(3 + Math.floor(missing / 4) * 3)))).toBe(true)
    expect(batch.payload().length).toBe(MAX_PAYLOAD_BYTES)
    expect(batch).toMatchObject({ count: 1, isOversized: false })
  })

  test('one byte more goes into the next batch, and alone is too large for any', () => {
    const batch = empty()
    const large = record(8, Buffer.alloc(5_000_000))
    expect(batch.add(0, record(7))).toBe(true)
    expect(batch.add(0, large)).toBe(false)
    expect(batch.full).toBe(true)
    const next = empty()
    expect(next.add(0, large)).toBe(true)
    expect(next).toMatchObject({ count: 1, full: true, isOversized: true })
    expect(next.ends()).toEqual(new Map([[0, 9]]))
  })
})

describe('a part of a batch', () => {
  test('keeps its failures and its age, and ends where the whole ends', () => {
    const batch = empty(3)
    for (const [partition, offset] of [
      [0, 4],
      [1, 9],
      [0, 5],
    ] as const)
      batch.add(partition, record(offset))
    batch.failures = 2
    const part = batch.only(partition => partition === 0)
    expect(part).toMatchObject({ failures: 2, since: batch.since, count: 2, full: false })
    expect(part.ends()).toEqual(new Map([[0, 6]]))
    expect(batch.only(() => true)).toBe(batch)
    expect(batch.only(() => false).isEmpty).toBe(true)
  })

  test('what was dropped is neither committed nor kept', () => {
    const batch = empty()
    batch.add(0, record(4))
    batch.add(1, record(9))
    batch.drop(1)
    expect(batch.ends()).toEqual(new Map([[0, 5]]))
    expect(batch.has(1)).toBe(false)
    expect(placesOf(batch.only(() => true))).toEqual(['0:4'])
    // The event was sent with it, so a response may still speak of it.
    expect(batch.partition('orders-1')?.partition).toBe(1)
  })
})
