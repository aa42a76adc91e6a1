import fc from 'fast-check'
import type { NamedFailure, NamedPlace } from '../../../lib/redrive/failed-source.ts'
import type { Failures } from '../../../lib/redrive/failures.ts'
import { listFailed } from '../../../lib/redrive/list-failed.ts'
import { type MarkedOffsets, noMarks } from '../../../lib/redrive/marks.ts'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { readMemory } from '../../support/topic-in-memory.ts'

const LAST = 30
const letter = (from: number): NamedPlace => ({ kind: 'topic', topic: 'dead', partition: 0, from, end: from + 1 })
const inLog: NamedPlace = { kind: 'kafka', named: 'log' }

/** The failures that sources name, with what the cluster and marks say. */
function failuresOf(
  named: NamedFailure[][],
  { marks = noMarks(), committed }: { marks?: MarkedOffsets; committed?: number } = {},
): Failures {
  return {
    connector: 'orders',
    sources: named.map((some, index) => ({
      name: `source ${index}`,
      async *list() {
        yield* some
      },
    })),
    kafka: readMemory(new Map([['orders', [{ start: 5, end: LAST + 1, records: [] }]]])),
    topicId: async () => 'id',
    committed: async () => new Map(committed === undefined ? [] : [[0, committed]]),
    marks: { of: async () => marks },
  }
}

const failure = (first: number, last: number, code: string, time: number, place: NamedPlace): NamedFailure => ({
  ...{ topic: 'orders', partition: 0, first, last, code, time, place },
})

const listed = (failures: Failures, selection = {}) => Array.fromAsync(listFailed(failures, selection))

/** Code and kind of place by offset. */
async function byOffset(failures: Failures) {
  const found = new Map<number, string>()
  for (const { offsets, code, place } of await listed(failures)) {
    for (const offset of offsetsOf(offsets)) {
      expect(found.has(offset)).toBe(false)
      found.set(offset, `${code} ${place.kind}`)
    }
  }
  return new Map([...found].toSorted(([one], [other]) => one - other))
}

test('a record that the log names and a topic has is one failed record, in the topic, with the newest code', async () => {
  const log = [failure(1, 3, 'OLD', 100, inLog), failure(2, 2, 'NEW', 200, inLog)]
  const topic = [failure(2, 2, 'OLD', 100, letter(7)), failure(3, 3, 'OLD', 100, letter(8))]
  const all = await listed(failuresOf([log, topic]))
  expect(all).toEqual([
    // The source's retention has deleted offsets below 5.
    { ...place(1, 1, 'OLD', 100), place: { ...inLog, failedAt: [{ run: [1, 1], time: 100 }] }, gone: [[1, 1]] },
    { ...place(2, 1, 'NEW', 200), place: { kind: 'topic', topic: 'dead', letters: [span(2)] } },
    { ...place(3, 1, 'OLD', 100), place: { kind: 'topic', topic: 'dead', letters: [span(3)] } },
  ])
})

const place = (first: number, count: number, code: string, time: number) => ({
  ...{ topic: 'orders', partition: 0, offsets: [[first, count]], records: count, code, time },
})
// Their letters are neighbours, too, so both are between the same positions.
const span = (first: number) => ({ run: [first, 1], partition: 0, from: 7, end: 9 })

test('what was redriven is not listed; what failed again is listed with the new code', async () => {
  const log = [failure(10, 19, 'OLD', 100, inLog), failure(20, 20, 'LATER', 900, inLog)]
  const failed = [
    { code: 'AGAIN', time: 500, offsets: [[12, 1]] as [number, number][] },
    { code: 'AGAIN', time: 500, offsets: [[20, 1]] as [number, number][] },
  ]
  const marks = { redriven: [[10, 2]] as [number, number][], failed }
  expect([...(await byOffset(failuresOf([log], { marks })))]).toEqual([
    [12, 'AGAIN kafka'],
    ...[13, 14, 15, 16, 17, 18, 19].map(offset => [offset, 'OLD kafka']),
    [20, 'LATER kafka'],
  ])
})

test('a partition that stopped waits for the trigger, until that has gone on', async () => {
  const log = [failure(10, 20, 'STORE_ACCESS_DENIED', 100, { kind: 'waiting' })]
  expect((await listed(failuresOf([log]))).map(({ place, offsets }) => [place.kind, offsets])).toEqual([
    ['waiting', [[10, 11]]],
  ])
  expect((await listed(failuresOf([log], { committed: 15 }))).map(({ offsets }) => offsets)).toEqual([[[15, 6]]])
  expect(await listed(failuresOf([log], { committed: 21 }))).toEqual([])
})

test('what the trigger has not passed waits, wherever it is: it is delivered once more', async () => {
  const all = [
    [failure(14, 14, 'A', 100, letter(1)), failure(15, 15, 'A', 100, letter(2)), failure(13, 16, 'A', 90, inLog)],
  ]
  expect([...(await byOffset(failuresOf(all, { committed: 15 })))]).toEqual([
    [13, 'A kafka'],
    [14, 'A topic'],
    [15, 'A waiting'],
    [16, 'A waiting'],
  ])
  // The group has a position in another partition alone.
  const others = { ...failuresOf(all), committed: async () => new Map([[1, 7]]) }
  expect(new Set((await byOffset(others)).values())).toEqual(new Set(['A waiting']))
})

test('since a time: also what failed before and has failed again since', async () => {
  const failed = [{ code: 'AGAIN', time: 500, offsets: [[12, 1]] as [number, number][] }]
  const failures = failuresOf([[failure(12, 13, 'OLD', 100, inLog)]], { marks: { redriven: [], failed } })
  expect((await listed(failures, { since: 400 })).map(({ offsets, code }) => [offsets, code])).toEqual([
    [[[12, 1]], 'AGAIN'],
  ])
})

test('by time and code; what has no time is listed, and what has no offset is counted', async () => {
  const log = [
    failure(10, 10, 'A', 100, inLog),
    failure(11, 11, 'B', 300, inLog),
    failure(12, 12, 'A', -1, inLog),
    { ...failure(-1, -1, 'A', 300, inLog), records: 7 },
  ]
  const offsets = async (selection: object) =>
    (await listed(failuresOf([log]), selection)).map(({ offsets, records }) => [offsets, records])
  expect(await offsets({ since: 200 })).toEqual([
    [[[11, 1]], 1],
    [[[12, 1]], 1],
    [[], 7],
  ])
  expect(await offsets({ code: 'B' })).toEqual([[[[11, 1]], 1]])
})

const named = fc.record({
  first: fc.nat({ max: LAST }),
  count: fc.nat({ max: 8 }),
  code: fc.constantFrom('A', 'B', 'C'),
  time: fc.nat({ max: 6 }),
  kind: fc.constantFrom('topic', 'kafka', 'waiting', 'document'),
})

test('each offset is listed once, whatever sources name and in whatever order: as one after the other would say', async () => {
  const worth = ['waiting', 'kafka', 'document', 'topic']
  await fc.assert(
    fc.asyncProperty(fc.array(named, { maxLength: 12 }), fc.nat({ max: LAST }), async (some, committed) => {
      // Of those at the same time, codes are the same: nothing tells which one is newer.
      const all = some.map(({ first, count, time, kind }, index) => {
        const code = `${time}`
        if (kind === 'topic') return failure(first, first, code, time, letter(index))
        const document = { kind: 'document', in: 's3', name: 'a' } as const
        const place = kind === 'document' ? document : kind === 'waiting' ? { kind: 'waiting' as const } : inLog
        return failure(first, first + count, code, time, place)
      })
      const expected = new Map<number, string>()
      for (let offset = 0; offset <= LAST + 10; offset++) {
        const about = all.filter(
          ({ first, last, place }) =>
            first <= offset && offset <= last && (place.kind !== 'waiting' || offset >= committed),
        )
        const newest = Math.max(...about.map(({ time }) => time))
        const newestOnes = about.filter(({ time }) => time === newest)
        if (newestOnes.some(({ place }) => place.kind === 'waiting')) continue
        if (about.length > 0 && offset >= committed) expected.set(offset, `${newest} waiting`)
        if (offset >= committed) continue
        const best = about.map(({ place }) => place.kind).toSorted((a, b) => worth.indexOf(b) - worth.indexOf(a))
        if (best[0]) expected.set(offset, `${newest} ${best[0]}`)
      }
      const found = await byOffset(failuresOf([all], { committed }))
      const stopped = all.filter(({ place }) => place.kind === 'waiting')
      // A stop and another failure at the same time: either may be the newer one.
      for (const [offset, text] of found) {
        if (stopped.some(({ first, last }) => first <= offset && offset <= last && offset >= committed)) continue
        expect([offset, text]).toEqual([offset, expected.get(offset)])
      }
      for (const [offset] of expected) expect(found.has(offset)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a hundred thousand failed records take little memory, and are listed in parts', async () => {
  const lots = Array.from({ length: 100_000 }, (_, index) => failure(index * 2, index * 2, 'A', 100, letter(index)))
  const parts = await listed(failuresOf([lots]))
  expect(parts.reduce((sum, { records }) => sum + records, 0)).toBe(100_000)
  expect(Math.max(...parts.map(({ offsets }) => offsets.length))).toBe(1_000)
})
