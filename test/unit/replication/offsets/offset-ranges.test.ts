import fc from 'fast-check'
import { OffsetRanges } from '../../../../lib/replication/offsets/offset-ranges.ts'

test('offsets that were added are there, in whatever order and overlap, and no others', () => {
  const added = fc.array(fc.record({ first: fc.nat({ max: 60 }), count: fc.integer({ min: 1, max: 15 }) }))
  fc.assert(
    fc.property(added, ranges => {
      const known = new OffsetRanges()
      const expected = new Set<number>()
      for (const { first, count } of ranges) {
        known.add(first, count)
        for (let offset = first; offset < first + count; offset++) expected.add(offset)
      }
      for (let offset = 0; offset < 80; offset++) expect(known.has(offset)).toBe(expected.has(offset))
    }),
  )
})
