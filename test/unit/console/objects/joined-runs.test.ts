import fc from 'fast-check'
import { countOf, unite } from '../../../../lib/commits/offset-runs.ts'
import type { CoverageKind, CoverageRun, StretchEntry } from '../../../../lib/console/api/index.ts'
import { joinedRuns } from '../../../../lib/console/objects/joined-runs.ts'
import type { OffsetRuns } from '../../../../lib/staging/staged-object.ts'

const kinds: CoverageKind[] = ['object', 'gap', 'overlap', 'staged']

const entry: fc.Arbitrary<StretchEntry> = fc
  .tuple(fc.constantFrom(...kinds), fc.nat(2_000), fc.nat(60), fc.string())
  .map(([kind, firstOffset, more, key]) => ({ kind, firstOffset, lastOffset: firstOffset + more, key }))

const offsetsOf = (some: readonly (StretchEntry | CoverageRun)[]): OffsetRuns =>
  unite(some.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset + 1 - firstOffset]))

const ofKind = <T extends { kind: CoverageKind }>(some: readonly T[], kind: CoverageKind) =>
  some.filter(one => one.kind === kind)

test('a strip has every object, gap, overlap and batch, however coarse it is', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (entries, most) => {
      const runs = joinedRuns(entries, most)
      for (const kind of kinds) {
        const [before, after] = [ofKind(entries, kind), ofKind(runs, kind)]
        expect(after.reduce((sum, { count }) => sum + count, 0)).toBe(before.length)
        // Every offset of an entry is within a run, and the runs count no others.
        const [own, shown] = [offsetsOf(before), offsetsOf(after)]
        expect(countOf(unite(own, shown))).toBe(countOf(shown))
        // What overlaps may be in two runs. Gaps never do.
        const sum = after.reduce((sum, { offsets }) => sum + offsets, 0)
        const isDisjoint = before.reduce((sum, one) => sum + one.lastOffset + 1 - one.firstOffset, 0) === countOf(own)
        if (isDisjoint) expect(sum).toBe(countOf(own))
        else expect(sum).toBeGreaterThanOrEqual(countOf(own))
        expect(after).toEqual(after.toSorted((one, other) => one.firstOffset - other.firstOffset))
      }
    }),
    { numRuns: 500 },
  )
})

test('there are at most twice as many runs of a kind as the strip is divided into, and one', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (entries, most) => {
      const runs = joinedRuns(entries, most)
      for (const kind of kinds) expect(ofKind(runs, kind).length).toBeLessThanOrEqual(2 * most + 1)
    }),
    { numRuns: 500 },
  )
})

test('what is wide enough to be seen keeps its key, and neighbours that are not are joined', () => {
  const object = (firstOffset: number, lastOffset: number) => ({
    ...{ kind: 'object' as const, firstOffset, lastOffset, key: `${firstOffset}` },
  })
  const small = Array.from({ length: 10 }, (_, index) => object(1_000 + index, 1_000 + index))
  const runs = joinedRuns([object(0, 999), ...small, object(1_010, 1_999)], 100)
  expect(runs).toEqual([
    { kind: 'object', firstOffset: 0, lastOffset: 999, count: 1, offsets: 1_000, key: '0' },
    { kind: 'object', firstOffset: 1_000, lastOffset: 1_009, count: 10, offsets: 10 },
    { kind: 'object', firstOffset: 1_010, lastOffset: 1_999, count: 1, offsets: 990, key: '1010' },
  ])
})

test('one offset that is missing among 20,000 objects is there as a gap of its own', () => {
  const objects = Array.from({ length: 20_000 }, (_, index) => ({
    ...{ kind: 'object' as const, firstOffset: index * 10, lastOffset: index * 10 + 9 - (index === 7_777 ? 1 : 0) },
    key: `${index}`,
  }))
  const gap = { kind: 'gap' as const, firstOffset: 77_779, lastOffset: 77_779, reason: 'damaged' }
  const runs = joinedRuns([gap, ...objects], 300)
  expect(runs.length).toBeLessThanOrEqual(602)
  expect(runs.filter(({ kind }) => kind === 'gap')).toEqual([{ ...gap, count: 1, offsets: 1 }])
})
