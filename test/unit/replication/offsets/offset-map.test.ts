import fc from 'fast-check'
import { follows, OffsetMap } from '../../../../lib/replication/offsets/offset-map.ts'
import { type Span, SpanList } from '../../../../lib/replication/offsets/span-list.ts'
import { NaiveOffsetMap } from '../../../support/naive-offset-map.ts'

const span = (sourceFirst: number, targetFirst: number, count: number): Span => ({ sourceFirst, targetFirst, count })

function mapOf(...spans: Span[]): OffsetMap {
  const map = new OffsetMap()
  for (const span of spans) map.add(span)
  return map
}

describe('a position on the source is one on the target', () => {
  const map = mapOf(span(10, 0, 5), span(20, 5, 5), span(25, 12, 1))

  test.each([
    ['of a record', 12, 2],
    ['of a record behind a gap of the source', 22, 7],
    ['of a record behind a gap of the target', 25, 12],
    ['in a gap: behind the last record before it', 17, 5],
    ['at the end', 26, 13],
    ['past the end: never past what is known', 1000, 13],
    ['before the first known record: not known', 9, undefined],
  ])('%s', (_, source, target) => {
    expect(map.translate(source)).toBe(target)
  })
})

describe('what was replicated more than once', () => {
  test('counts where it is first, so that all that follows is behind it', () => {
    const map = mapOf(span(0, 0, 10), span(0, 10, 10), span(10, 20, 10))
    expect([0, 5, 10, 20].map(offset => map.translate(offset))).toEqual([0, 5, 20, 30])
  })

  test('in a batch with other bounds counts from where it is new', () => {
    const map = mapOf(span(0, 0, 10), span(5, 10, 10))
    expect([5, 9, 10, 14, 15].map(offset => map.translate(offset))).toEqual([5, 9, 15, 19, 20])
  })

  test('by an invocation that was given up changes nothing, however late it says so', () => {
    const map = mapOf(span(0, 100, 10), span(10, 110, 10), span(0, 90, 10))
    expect([0, 10, 20].map(offset => map.translate(offset))).toEqual([100, 110, 120])
  })

  test('is said twice: the same as once', () => {
    const map = mapOf(span(0, 0, 10), span(10, 10, 10), span(10, 10, 10), span(0, 0, 10))
    expect([...map.spans]).toEqual([span(0, 0, 20)])
  })
})

test('what was known before ends with other records in its place', () => {
  expect([...mapOf(span(0, 0, 100), span(100, 0, 50)).spans]).toEqual([span(100, 0, 50)])
})

describe('what was replicated from before the first known record on', () => {
  test('counts once all that is known was replicated again', () => {
    const known = span(100, 0, 100)
    expect([...mapOf(known, span(0, 100, 150)).spans]).toEqual([known])
    expect([...mapOf(known, span(0, 100, 150), span(150, 250, 60)).spans]).toEqual([span(0, 100, 210)])
  })

  // The batch came again, or its record was redriven. A group at 60 was then set to 90, and 60 to 99 were never read.
  test('and is only a record that had failed leaves positions behind it where they are', () => {
    const map = mapOf(span(11, 0, 89), span(10, 89, 1), span(100, 90, 1))
    expect([60, 99, 100, 101].map(offset => map.translate(offset))).toEqual([49, 88, 90, 91])
    expect(map.translate(10)).toBeUndefined()
  })

  // With exactly once, nothing that is on the target comes again.
  test('and leaves out what is there leaves positions behind it where they are', () => {
    const map = mapOf(span(100, 0, 100), span(0, 100, 100), span(200, 200, 10))
    expect([150, 199, 200].map(offset => map.translate(offset))).toEqual([50, 99, 200])
  })
})

/** How a source partition is read: where each run begins, how many records it reads, and which of them fail the first time. */
const runs = fc.array(
  fc.record({ from: fc.nat({ max: 25 }), count: fc.integer({ min: 1, max: 15 }), failing: fc.nat() }),
  {
    minLength: 1,
    maxLength: 12,
  },
)

/** Replicates a run, and returns the spans that its writer records. */
function replicate(
  run: { from: number; count: number; failing: number },
  target: number[],
  isExactlyOnce: boolean,
): Span[] {
  const known = new Set(target)
  return Array.from({ length: run.count }, (_, index) => run.from + index)
    .filter(offset => (known.has(offset) ? !isExactlyOnce : (run.failing >> (offset % 16)) % 2 === 0))
    .map(offset => span(offset, target.push(offset) - 1, 1))
}

/** A source partition with gaps, its records replicated in order; between them others write to the target. */
const replicated = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 0, 1, 7), fc.constantFrom(0, 0, 0, 1, 3)), { minLength: 1, maxLength: 200 })
  .map(steps => {
    let [source, target] = [-1, -1]
    return steps.map(([sourceGap, targetGap]): [number, number] => {
      source += 1 + sourceGap
      target += 1 + targetGap
      return [source, target]
    })
  })

/** Spans of any kind: those that follow, repetitions, rewinds, and an emptied target. */
const anySpans = fc.array(
  fc.record({
    sourceFirst: fc.nat({ max: 60 }),
    targetFirst: fc.nat({ max: 60 }),
    count: fc.integer({ min: 1, max: 12 }),
  }),
  { maxLength: 60 },
)

const everyOffset = Array.from({ length: 80 }, (_, offset) => offset)

describe('laws', () => {
  // A hundred million records with gaps took more than a heap, because each span was an object.
  test('spans in typed arrays, divided into chunks of any size, say the same as plain objects', () => {
    fc.assert(
      fc.property(anySpans, fc.integer({ min: 1, max: 5 }), (spans, chunk) => {
        const [map, naive] = [new OffsetMap(new SpanList(chunk)), new NaiveOffsetMap()]
        for (const span of spans) {
          map.add(span)
          naive.add(span)
          const differs = everyOffset.find(offset => map.translate(offset) !== naive.translate(offset))
          expect(differs).toBeUndefined()
        }
      }),
    )
  })

  test('a group that continues at its position misses no record, however the source was set back', () => {
    fc.assert(
      fc.property(runs, fc.boolean(), (runs, isExactlyOnce) => {
        const [map, target] = [new OffsetMap(), [] as number[]]
        const misses = (position: number) => {
          const unread = new Set(target.slice(map.translate(position) ?? 0))
          return target.some(source => source >= position && !unread.has(source))
        }
        for (const run of runs) {
          for (const span of replicate(run, target, isExactlyOnce)) map.add(span)
          expect(everyOffset.filter(misses)).toEqual([])
        }
      }),
    )
  })

  // Merged and compacted segments are read in another order than that of replication. The end of a map was then taken for a
  // rewind to before its beginning.
  test('spans that come in any other order lead to the same positions', () => {
    const shuffled = replicated.chain(pairs =>
      fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })),
    )
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 5 }), ([pairs, other], chunk) => {
        const [inOrder, late] = [new OffsetMap(), new OffsetMap(new SpanList(chunk))]
        for (const [source, target] of pairs) inOrder.add(span(source, target, 1))
        for (const [source, target] of other) late.addEarlier(span(source, target, 1))
        expect([...late.spans]).toEqual([...inOrder.spans])
      }),
    )
  })

  test('spans that come late never move a known position, and what they add is in the order of both sides', () => {
    fc.assert(
      fc.property(replicated, anySpans, (pairs, late) => {
        const map = mapOf(...pairs.map(([source, target]) => span(source, target, 1)))
        for (const span of late) map.addEarlier(span)
        expect(pairs.map(([source]) => map.translate(source))).toEqual(pairs.map(([, target]) => target))
        const spans = [...map.spans]
        expect(spans.every((span, index) => follows(span, spans[index - 1]))).toBe(true)
      }),
    )
  })

  test('each position leads to the first record that was not consumed, with nothing of ours in between', () => {
    fc.assert(
      fc.property(replicated, pairs => {
        const map = mapOf(...pairs.map(([source, target]) => span(source, target, 1)))
        const [first, last] = [pairs[0]?.[0] ?? 0, pairs.at(-1)?.[0] ?? 0]
        for (let offset = first; offset <= last + 2; offset++) {
          const position = map.translate(offset) as number
          const toRead = pairs.filter(([, target]) => target >= position).map(([source]) => source)
          expect(toRead).toEqual(pairs.map(([source]) => source).filter(source => source >= offset))
        }
      }),
    )
  })

  test('spans that touch on both sides are one, so there are no more of them than jumps', () => {
    fc.assert(
      fc.property(replicated, pairs => {
        const map = mapOf(...pairs.map(([source, target]) => span(source, target, 1)))
        const jumps = pairs.filter(([source, target], index) => {
          const [previousSource, previousTarget] = pairs[index - 1] ?? [Number.NaN, Number.NaN]
          return source !== previousSource + 1 || target !== previousTarget + 1
        })
        expect([...map.spans]).toHaveLength(jumps.length)
      }),
    )
  })

  test('a map that is thinned is never past the truth, and exact near the end', () => {
    fc.assert(
      fc.property(replicated, fc.integer({ min: 4, max: 20 }), (pairs, most) => {
        const map = new OffsetMap(new SpanList(4))
        for (const [source, target] of pairs) {
          map.add(span(source, target, 1))
          if (map.length > most) map.thin()
        }
        expect(map.length).toBeLessThanOrEqual(most)
        for (const [source, target] of pairs) expect(map.translate(source)).toBeLessThanOrEqual(target)
        const [source = 0, target] = pairs.at(-1) ?? []
        expect(map.translate(source)).toBe(target)
      }),
    )
  })
})
