import type { LayoutObject, LayoutRecord } from '../../../../lib/dumped/layout.ts'
import { chained } from '../../../../lib/dumped/layouts/chain.ts'
import { awkwardRecord } from '../../../support/awkward-records.ts'

/** Objects with the offsets of their records; -1 where they don't have any. */
type Objects = Record<string, { first: number; offsets: number[] }>

async function chain(objects: Objects) {
  const named = Object.entries(objects).map(([key, { first }]) => ({ key, firstOffset: first, size: 1 }))
  const duplicates: number[] = []
  const open = async function* ({ key }: LayoutObject): AsyncGenerator<LayoutRecord[]> {
    const records = (objects[key]?.offsets ?? []).map((offset, index) => ({
      ...awkwardRecord({ offset }),
      key: Buffer.from(`${key}${index}`),
    }))
    for (let start = 0; start < records.length; start += 2) yield records.slice(start, start + 2)
  }
  const batches = await Array.fromAsync(chained(named as LayoutObject[], open, count => duplicates.push(count)))
  const records = batches.flat().map(({ offset, key }) => `${offset}:${key}`)
  return { records, duplicates: duplicates.reduce((sum, count) => sum + count, 0) }
}

test('records without offsets are counted from the object’s first offset', async () => {
  const found = await chain({ b: { first: 10, offsets: [-1, -1] }, a: { first: 3, offsets: [-1, -1, -1] } })
  expect(found).toEqual({ records: ['3:a0', '4:a1', '5:a2', '10:b0', '11:b1'], duplicates: 0 })
})

test('of folders whose offsets interleave, no record is taken for another', async () => {
  // Of a field partitioner: 0, 2 and 4 in one folder, 1, 3 and 5 in the other, then 6.
  const found = await chain({
    'country=DE/x': { first: 0, offsets: [-1, -1, -1] },
    'country=FR/x': { first: 1, offsets: [-1, -1, -1] },
    'country=DE/y': { first: 6, offsets: [-1] },
  })
  expect(found.records.map(text => Number.parseInt(text, 10))).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(found.duplicates).toBe(0)
})

test('records with offsets come once', async () => {
  const found = await chain({ a: { first: 0, offsets: [0, 1, 5, 6] }, b: { first: 5, offsets: [5, 6, 7, 9] } })
  expect(found).toEqual({ records: ['0:a0', '1:a1', '5:a2', '6:a3', '7:b2', '9:b3'], duplicates: 2 })
})
