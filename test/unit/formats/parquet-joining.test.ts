import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { FileMetaData } from 'hyparquet'
import type { StoredRecord } from '../../../lib/formats/format.ts'
import { parquet } from '../../../lib/formats/parquet.ts'
import { JoinedParquet, metadataOf, type RowGroupLimits } from '../../../lib/formats/parquet-joining.ts'
import { records } from '../../support/arbitrary-records.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { keepEverything, legible } from '../../support/formats.ts'

const options = { ...keepEverything, compression: 'zstd', includeValueSize: true, maxInlineValueBytes: 100 } as const
const unlimited: RowGroupLimits = { bytes: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }

async function joined(parts: StoredRecord[][], limits: RowGroupLimits) {
  const object = new JoinedParquet(limits, () => parquet.encode([], options))
  const bytes: Buffer[] = []
  const pieces: number[] = []
  for (const part of parts) {
    const some = await object.add(await parquet.joining.frame(part, options))
    pieces.push(some.reduce((sum, { length }) => sum + length, 0))
    bytes.push(...some)
  }
  return { body: Buffer.concat([...bytes, ...(await object.end())]), pieces }
}

/** What a row group says of a column. */
function column(group: FileMetaData['row_groups'][number], name: string) {
  const metadata = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)?.meta_data
  const { min_value, max_value, null_count } = metadata?.statistics ?? {}
  return { min: min_value, max: max_value, nulls: null_count, values: metadata?.num_values }
}

// Of one topic, as a dictionary of another would end the row group.
const sized = records(1).map(some =>
  some.map((record, index) => ({
    ...record,
    topic: 'orders',
    valueSize: index % 4 === 0 ? undefined : index,
    ...(index % 5 === 0 && { value: null, valueObject: `lake/größe-${index}` }),
  })),
)

test('law: whatever the row groups are, they have all rows, and bounds and nulls of theirs', async () => {
  const limits = fc.record({
    bytes: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 50_000 })),
    rows: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 400 })),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(sized, { minLength: 1, maxLength: 6 }), limits, async (parts, limits) => {
      const all: StoredRecord[] = parts.flat()
      const { body } = await joined(parts, limits)
      expect(legible(await parquet.decode(body))).toEqual(legible(all))
      let start = 0
      for (const group of metadataOf(body).row_groups) {
        const rows = all.slice(start, start + Number(group.num_rows))
        start += rows.length
        const offsets = rows.map(({ offset }) => BigInt(offset)).toSorted((a, b) => (a < b ? -1 : 1))
        const times = rows
          .flatMap(({ timestamp }) => (timestamp === -1 ? [] : [BigInt(timestamp)]))
          .toSorted((a, b) => (a < b ? -1 : 1))
        const objects = rows
          .flatMap(({ valueObject }) => valueObject ?? [])
          .map(name => Buffer.from(name))
          .toSorted(Buffer.compare)
        expect(column(group, 'offset')).toEqual({
          min: offsets[0],
          max: offsets.at(-1),
          nulls: 0n,
          values: BigInt(rows.length),
        })
        expect(column(group, 'timestamp')).toEqual({
          min: times[0],
          max: times.at(-1),
          nulls: BigInt(rows.length - times.length),
          values: BigInt(rows.length),
        })
        expect(column(group, 'valueObject')).toMatchObject({ min: objects[0], max: objects.at(-1) })
        expect(column(group, 'key')).toMatchObject({ min: undefined, nulls: undefined })
      }
      expect(start).toBe(all.length)
    }),
    { numRuns: 20 },
  )
})

test('a row group is closed with the frame that reaches a limit, and is held until then', async () => {
  const frames = Array.from({ length: 10 }, (_, index) => [
    awkwardRecord({}, 2 * index),
    awkwardRecord({}, 2 * index + 1),
  ])
  const { body, pieces } = await joined(frames, { bytes: Number.POSITIVE_INFINITY, rows: 6 })
  expect(metadataOf(body).row_groups.map(({ num_rows }) => num_rows)).toEqual([6n, 6n, 6n, 2n])
  expect(pieces.map(bytes => bytes > 0)).toEqual([false, false, true, false, false, true, false, false, true, false])
})

test('a topic’s dictionary is there once; another topic has a row group of its own', async () => {
  const several = (topic: string) => Array.from({ length: 20 }, (_, index) => awkwardRecord({ topic }, index))
  const one = metadataOf((await joined([several('a'), several('a')], unlimited)).body)
  expect(one.row_groups).toHaveLength(1)
  const encodings = one.row_groups[0]?.columns[0]?.meta_data?.encoding_stats
  expect(encodings).toEqual([
    { page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 },
    { page_type: 'DATA_PAGE_V2', encoding: 'RLE_DICTIONARY', count: 2 },
  ])
  const two = [several('a'), several('a'), several('b')]
  const { body } = await joined(two, unlimited)
  expect(metadataOf(body).row_groups.map(({ num_rows }) => num_rows)).toEqual([40n, 20n])
  expect(legible(await parquet.decode(body))).toEqual(legible(two.flat()))
})

describe('small frames', () => {
  const pagesOf = (body: Buffer) => metadataOf(body).row_groups[0]?.columns[0]?.meta_data?.encoding_stats?.at(-1)?.count
  const few = (index: number) => [awkwardRecord({}, 3 * index), awkwardRecord({}, 3 * index + 1)]
  const many = (index: number) =>
    Array.from({ length: 500 }, (_, at) => awkwardRecord({ value: randomBytes(30) }, 1000 * index + at))
  const object = async (parts: StoredRecord[][]) => {
    const joining = parquet.joining.begin(options)
    const bytes: Buffer[] = []
    for (const part of parts) bytes.push(...(await joining.add(await parquet.joining.frame(part, options))))
    return Buffer.concat([...bytes, ...(await joining.end())])
  }

  test('that follow each other have pages in common, large ones their own, and the order stays', async () => {
    const parts = [few(0), few(1), few(2), many(3), many(4), few(5), few(6)]
    const body = await object(parts)
    expect(legible(await parquet.decode(body))).toEqual(legible(parts.flat()))
    expect(pagesOf(body)).toBe(4)
  })

  test('become a page from time to time, however many they are', async () => {
    const parts = Array.from({ length: 200 }, (_, index) => few(index))
    const body = await object(parts)
    expect(legible(await parquet.decode(body))).toEqual(legible(parts.flat()))
    expect(pagesOf(body)).toBeLessThan(4)
  })
})
