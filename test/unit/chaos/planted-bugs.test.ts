import type { FoundRecord } from '../../chaos/checker/found.ts'
import { brokenLaws } from '../../chaos/checker/laws.ts'
import { ObjectReader } from '../../chaos/checker/object-reader.ts'
import { findingsOf } from '../../chaos/checker/verdict.ts'
import { numberedRecord, numberOf } from '../../chaos/load/numbered-record.ts'
import type { TrueRecord } from '../../chaos/load/truth.ts'
import { encodeWith } from '../../support/formats.ts'
import { Random } from '../../support/simulation/random.ts'

/** The records of an object, in their order. */
type Batch = TrueRecord[]

const random = new Random(11)
/** One of ten records is aborted: it has a number, and is not on the source for those who read what is committed. */
const ABORTED = 5
const made = Array.from({ length: 400 }, (_, sequence) => {
  const { partition, key, value, headers, timestamp } = numberedRecord('orders', 0, sequence, random)
  return { topic: 'orders', partition, offset: sequence, timestamp, key, value, headers }
})
const aborted = made.filter(({ offset }) => offset % 10 === ABORTED)
const committed = made.filter(({ offset }) => offset % 10 !== ABORTED)
const truth = new Map(committed.map(record => [String(numberOf(record.headers)), record]))

const BATCH = 120
const batches = Array.from({ length: Math.ceil(committed.length / BATCH) }, (_, at) =>
  committed.slice(at * BATCH, (at + 1) * BATCH),
)

/** Changes one record of the second batch that has what the change is about. */
function changing(fits: (record: TrueRecord) => boolean, change: (record: TrueRecord) => TrueRecord): Batch[] {
  const at = batches[1]?.findIndex(fits) ?? -1
  return batches.with(1, (batches[1] as Batch).with(at, change(batches[1]?.[at] as TrueRecord)))
}

/** What a dump with a bug leaves in the store, and the law that the checker says it breaks. */
const bugs: Record<string, { left: Batch[]; broken: string }> = {
  'a batch that is never written': { left: batches.toSpliced(1, 1), broken: `${BATCH} records are lost` },
  'a record that is left out': {
    left: batches.with(1, (batches[1] as Batch).toSpliced(7, 1)),
    broken: '1 records are lost',
  },
  'a batch that is written again, cut differently': {
    left: [...batches, committed.slice(50, 60)],
    broken: '10 records are there more often than once',
  },
  'two records that change places': {
    left: batches.with(1, [...(batches[1] as Batch).slice(1, 2), ...(batches[1] as Batch).toSpliced(1, 1)]),
    broken: '1 records are out of order',
  },
  'a value with one other byte': {
    left: changing(
      ({ value }) => (value?.length ?? 0) > 2,
      record => ({ ...record, value: Buffer.concat([record.value?.subarray(0, -1) as Buffer, Buffer.from('?')]) }),
    ),
    broken: '1 records are different from the source’s',
  },
  'an empty value in place of a tombstone': {
    left: changing(
      ({ value }) => value === null,
      record => ({ ...record, value: Buffer.alloc(0) }),
    ),
    broken: '1 records are different from the source’s',
  },
  'a header of which only the last of one name is kept': {
    left: changing(
      ({ headers }) => headers.filter(({ key }) => key === 'trace').length > 1,
      record => ({ ...record, headers: record.headers.filter(({ key }, at, all) => all[at + 1]?.key !== key) }),
    ),
    broken: '1 records are different from the source’s',
  },
  'another offset': {
    left: changing(
      () => true,
      record => ({ ...record, offset: record.offset + 1_000 }),
    ),
    broken: '1 records are different from the source’s',
  },
  'the records of aborted transactions': {
    left: [...batches, aborted],
    broken: `${aborted.length} records are not on the source`,
  },
}

let reader: ObjectReader

beforeAll(async () => {
  reader = await ObjectReader.start()
})

afterAll(() => reader[Symbol.asyncDispose]())

const formats = ['json', 'jsonl', 'avro', 'parquet'] as const

/** What the checker says of objects that are really written, and read by other people's libraries. */
async function verdictOf(left: Batch[], format: (typeof formats)[number]): Promise<string[]> {
  async function* found(): AsyncIterable<FoundRecord> {
    for (const [at, batch] of left.entries()) {
      const { body, extension } = await encodeWith(batch, { format, compression: 'gzip' })
      yield* await reader.read(`orders/partition=0/object-${at}.${extension}`, body)
    }
  }
  const findings = await findingsOf(truth, found(), [])
  const verdict = { ...findings, longestPauseMs: 0, caughtUpMs: 0, sightings: undefined, broken: [] }
  return brokenLaws(verdict, { duplicates: 'never', putAside: 'never' })
}

describe.each(formats)('objects of %s', format => {
  test('without a bug, no law is broken', async () => {
    expect(await verdictOf(batches, format)).toEqual([])
  })

  test.each(Object.entries(bugs))('%s is found, and nothing else', async (_, { left, broken }) => {
    expect(await verdictOf(left, format)).toEqual([broken])
  })
})
