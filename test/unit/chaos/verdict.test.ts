import fc from 'fast-check'
import { provenance } from '../../../lib/delivery/letter.ts'
import { CodedError } from '../../../lib/error.ts'
import type { FoundRecord, PutAside } from '../../chaos/checker/found.ts'
import { brokenLaws } from '../../chaos/checker/laws.ts'
import { type Findings, findingsOf } from '../../chaos/checker/verdict.ts'
import { isWhole, numberedRecord, numberOf } from '../../chaos/load/numbered-record.ts'
import type { TrueRecord } from '../../chaos/load/truth.ts'
import { failedRecord } from '../../chaos/systems/failed-topics.ts'
import { Random } from '../../support/simulation/random.ts'

const TOPIC = 'orders'

/** A source with two partitions, whose offsets have gaps as those of transactions do. */
function truthOf(seed: number, count: number): TrueRecord[] {
  const random = new Random(seed)
  const sequences = [0, 0]
  return Array.from({ length: count }, () => {
    const partition = random.below(2)
    const sequence = sequences[partition] as number
    sequences[partition] = sequence + 1
    return { ...numberedRecord(TOPIC, partition, sequence, random), topic: TOPIC, offset: 3 * sequence }
  })
}

const objectOf = (records: TrueRecord[]): FoundRecord[] =>
  records.map((record, row) => ({ ...record, place: `object-${record.partition} ${row}` }))

const byNumber = (records: TrueRecord[]) => new Map(records.map(record => [numberOf(record.headers) as string, record]))

async function* reading(records: FoundRecord[]) {
  yield* records
}

/** What a checker says of a sink that has these records, without those that are as they should be. */
async function faultsOf(truth: TrueRecord[], found: FoundRecord[], aside: PutAside[] = []): Promise<Partial<Findings>> {
  const { produced, examples, ...findings } = await findingsOf(byNumber(truth), reading(found), aside)
  expect(produced).toBe(truth.length)
  return findings
}

const clean = (found: number) => ({
  ...{ found, lost: 0, duplicated: 0, outOfOrder: 0, wrongBytes: 0, invented: 0 },
  putAside: { count: 0, reasons: {} },
})

type Plant = (found: FoundRecord[], at: number) => { found: FoundRecord[]; fault: Partial<Findings> }

const plants: Record<string, Plant> = {
  'a lost record': (found, at) => ({ found: found.toSpliced(at, 1), fault: { found: found.length - 1, lost: 1 } }),
  'a repeated record': (found, at) => ({
    found: [...found, { ...(found[at] as FoundRecord), place: 'again 0' }],
    fault: { duplicated: 1 },
  }),
  'another value': (found, at) => ({
    found: found.with(at, { ...(found[at] as FoundRecord), value: Buffer.from('other') }),
    fault: { wrongBytes: 1 },
  }),
  'an empty value in place of none, or the reverse': (found, at) => {
    const record = found[at] as FoundRecord
    return { found: found.with(at, { ...record, key: record.key ? null : Buffer.alloc(0) }), fault: { wrongBytes: 1 } }
  },
  'a header less': (found, at) => {
    const record = found[at] as FoundRecord
    return { found: found.with(at, { ...record, headers: record.headers.slice(0, -1) }), fault: { wrongBytes: 1 } }
  },
  'another value of a header': (found, at) => {
    const record = found[at] as FoundRecord
    const headers = record.headers.with(-1, { key: record.headers.at(-1)?.key ?? '', value: Buffer.from('other') })
    return { found: found.with(at, { ...record, headers }), fault: { wrongBytes: 1 } }
  },
  'headers that changed places': (found, at) => {
    const record = found[at] as FoundRecord
    return { found: found.with(at, { ...record, headers: record.headers.toReversed() }), fault: { wrongBytes: 1 } }
  },
  'another offset': (found, at) => {
    const record = found[at] as FoundRecord
    return { found: found.with(at, { ...record, offset: (record.offset ?? 0) + 1 }), fault: { wrongBytes: 1 } }
  },
  'another time': (found, at) => {
    const record = found[at] as FoundRecord
    return { found: found.with(at, { ...record, timestamp: 1 }), fault: { wrongBytes: 1 } }
  },
  'an aborted record': (found, at) => {
    const number = { key: 'number', value: Buffer.from(`${TOPIC}/0/999999`) }
    return {
      found: found.toSpliced(at, 0, { ...(found[at] as FoundRecord), headers: [number] }),
      fault: { invented: 1 },
    }
  },
  'a record of somebody else': (found, at) => ({
    found: found.toSpliced(at, 0, { ...(found[at] as FoundRecord), headers: [] }),
    fault: { invented: 1 },
  }),
}

test.each(Object.entries(plants))('%s is found, and nothing else is reported', async (_, plant) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 60 }), fc.nat(), async (seed, count, place) => {
      const truth = truthOf(seed, count)
      const { found, fault } = plant(objectOf(truth), place % count)
      expect(await faultsOf(truth, objectOf(truth))).toEqual(clean(count))
      expect(await faultsOf(truth, found)).toEqual({ ...clean(count), ...fault })
    }),
    { numRuns: 30 },
  )
})

test('two records that changed places are out of order; those of different partitions are not', async () => {
  const truth = truthOf(1, 40).filter(({ partition }) => partition === 0)
  const found = objectOf(truth)
  const swapped = found.with(3, found[4] as FoundRecord).with(4, found[3] as FoundRecord)
  expect(await faultsOf(truth, swapped)).toEqual({ ...clean(truth.length), outOfOrder: 1 })
  const both = truthOf(2, 40)
  const byPartition = objectOf(both).toSorted((one, other) => other.partition - one.partition)
  expect(await faultsOf(both, byPartition)).toEqual(clean(40))
})

test('a batch that is there again behind itself is repeated, not out of order', async () => {
  const truth = truthOf(3, 20)
  const found = objectOf(truth)
  expect(await faultsOf(truth, [...found, ...found.slice(5)])).toEqual({ ...clean(20), duplicated: 15 })
})

test('what was put aside is not lost, and counts by its reasons', async () => {
  const truth = truthOf(4, 10)
  const [first, ...rest] = objectOf(truth)
  const aside = { ...(first as FoundRecord), offset: first?.offset ?? 0, reason: 'STORE_UNAVAILABLE' }
  expect(await faultsOf(truth, rest, [aside])).toEqual({
    ...clean(9),
    putAside: { count: 1, reasons: { STORE_UNAVAILABLE: 1 } },
  })
})

test('what was put aside with other bytes is different, and what was never on the source is invented', async () => {
  const truth = truthOf(4, 10)
  const [first, ...rest] = objectOf(truth) as [FoundRecord, ...FoundRecord[]]
  const aside = { ...first, offset: first.offset ?? 0, reason: 'VALUE_UNDECODABLE' }
  const putAside = { count: 1, reasons: { VALUE_UNDECODABLE: 1 } }
  expect(await faultsOf(truth, rest, [{ ...aside, record: first }])).toEqual({ ...clean(9), putAside })
  const damaged = { ...first, value: Buffer.from('other') }
  expect(await faultsOf(truth, rest, [{ ...aside, record: damaged }])).toEqual({ ...clean(9), putAside, wrongBytes: 1 })
  const unknown = { ...aside, offset: 1_000_000 }
  expect(await faultsOf(truth, rest, [aside, unknown])).toEqual({ ...clean(9), putAside, invented: 1 })
})

describe('a topic that was created again', () => {
  const random = new Random(8)
  const made = (sequence: number, offset: number, timestamp: number): TrueRecord => ({
    ...numberedRecord(TOPIC, 0, sequence, random),
    ...{ topic: TOPIC, offset, timestamp },
  })
  const old = Array.from({ length: 10 }, (_, at) => made(at, at, 1_000))
  // Its numbers continue, and its offsets begin at 0 again.
  const present = Array.from({ length: 10 }, (_, at) => made(10 + at, at, 3_000))
  const both = [...old, ...present]
  const objects = [...objectOf(old), ...objectOf(present).map(record => ({ ...record, place: `next-${record.place}` }))]

  test('has to be there beside the deleted one', async () => {
    expect(await faultsOf(both, objects)).toEqual(clean(20))
    expect(await faultsOf(both, objects.slice(10))).toEqual({ ...clean(10), lost: 10 })
    expect(await faultsOf(both, objects.slice(0, 10))).toEqual({ ...clean(10), lost: 10 })
  })

  test.each([
    ['the deleted one', 2_000, 1, 0],
    ['the new one', 4_000, 0, 1],
  ])('what a log named is of %s by the time when it did', async (_, at, lostOfNew, lostOfOld) => {
    const { topic, partition, offset } = old[0] as TrueRecord
    const aside = { topic, partition, offset, reason: 'STORE_UNAVAILABLE', at, place: 'log' }
    const putAside = { count: 1, reasons: { STORE_UNAVAILABLE: 1 } }
    expect(await faultsOf(both, objects.slice(1), [aside])).toEqual({ ...clean(19), putAside, lost: lostOfOld })
    expect(await faultsOf(both, objects.toSpliced(10, 1), [aside])).toEqual({ ...clean(19), putAside, lost: lostOfNew })
  })
})

test('a failed record gives back the record that was put aside', async () => {
  const [record] = truthOf(7, 1) as [TrueRecord]
  const { topic, partition, offset, timestamp } = record
  const error = new CodedError('VALUE_UNDECODABLE', 'It can’t be decoded.')
  const letter = { ...record, headers: [...record.headers, ...provenance(record, error, 'orders-dump', 5)] }
  const place = 'failed-0 17'
  expect(failedRecord({ ...letter, offset: undefined, timestamp: 5, place })).toEqual({
    ...{ topic, partition, offset, reason: 'VALUE_UNDECODABLE', place },
    record: {
      topic,
      partition,
      offset,
      timestamp,
      key: record.key,
      value: record.value,
      headers: record.headers,
      place,
    },
  })
  expect(() => failedRecord({ ...record, place })).toThrow(place)
})

test('a checksum covers key, value and headers', () => {
  const [record] = truthOf(5, 1)
  expect(isWhole(record as TrueRecord)).toBe(true)
  for (const damaged of [{ key: Buffer.from('other') }, { value: Buffer.from('other') }, { headers: [] }])
    expect(isWhole({ ...(record as TrueRecord), ...damaged })).toBe(false)
})

test('laws name what is broken, and repetitions only where they are excluded', async () => {
  const truth = truthOf(6, 10)
  const found = objectOf(truth)
  const findings = await findingsOf(byNumber(truth), reading([...found.slice(1), ...found.slice(5)]), [])
  const verdict = { ...findings, longestPauseMs: 0, caughtUpMs: 0, sightings: undefined, broken: [] }
  expect(brokenLaws(verdict, { duplicates: 'allowed', putAside: 'never' })).toEqual(['1 records are lost'])
  expect(brokenLaws({ ...verdict, caughtUpMs: undefined }, { duplicates: 'never', putAside: 'never' })).toEqual([
    '1 records are lost',
    '5 records are there more often than once',
    'it never caught up',
  ])
})
