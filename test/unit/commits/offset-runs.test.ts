import fc from 'fast-check'
import {
  boundsOf,
  coarsened,
  countOf,
  holdsOffset,
  intersect,
  subtract,
  unite,
} from '../../../lib/commits/offset-runs.ts'
import { offsetsOf, runsOf } from '../../../lib/staging/runs.ts'
import type { OffsetRuns } from '../../../lib/staging/staged-object.ts'

/** Runs in any order, with overlaps. */
const runs: fc.Arbitrary<OffsetRuns> = fc.array(fc.tuple(fc.nat(40), fc.nat(8)), { maxLength: 8 })

const setOf = (some: OffsetRuns) => new Set(offsetsOf(some))
const ascending = (some: Iterable<number>) => runsOf([...some].toSorted((a, b) => a - b))

test('a union, an intersection and a difference have the offsets that sets would have, as separate ascending runs', () => {
  fc.assert(
    fc.property(runs, runs, (one, other) => {
      const [left, right] = [setOf(one), setOf(other)]
      expect(unite(one, other)).toEqual(ascending(left.union(right)))
      expect(intersect(one, other)).toEqual(ascending(left.intersection(right)))
      expect(subtract(one, other)).toEqual(ascending(left.difference(right)))
    }),
    { numRuns: 1000 },
  )
})

test('members, bounds and numbers are those of the set', () => {
  fc.assert(
    fc.property(runs, fc.nat(50), (some, offset) => {
      const set = setOf(some)
      const normal = unite(some)
      expect(holdsOffset(normal, offset)).toBe(set.has(offset))
      expect(countOf(normal)).toBe(set.size)
      fc.pre(set.size > 0)
      expect(boundsOf(normal)).toEqual({ first: Math.min(...set), last: Math.max(...set) })
    }),
  )
})

test('a coarser set has all offsets, in as many runs as are allowed, and as few others as possible', () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: 1, max: 5 }), (some, limit) => {
      const normal = unite(some)
      const coarse = coarsened(normal, limit)
      expect(subtract(normal, coarse)).toEqual([])
      expect(coarse).toHaveLength(Math.min(normal.length, limit))
      fc.pre(normal.length > 0)
      const { first, last } = boundsOf(normal)
      const closed = subtract(coarse, normal).map(([, count]) => count)
      const left = subtract([[first, last - first + 1]], coarse).map(([, count]) => count)
      expect(Math.max(0, ...closed)).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...left))
    }),
    { numRuns: 1000 },
  )
})
