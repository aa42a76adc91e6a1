import fc from 'fast-check'
import { countOf, holdsOffset, intersect, subtract } from '../../../lib/commits/offset-runs.ts'
import type { LogRecord, LogTaker } from '../../../lib/kafka/read/topic-log.ts'
import type { OutgoingRecord } from '../../../lib/record.ts'
import { type MarkedOffsets, noMarks, withOutcome } from '../../../lib/redrive/marks.ts'
import { createBucketMarks, createRedriveLog, marksBefore, type RedrivePlan } from '../../../lib/redrive/redrive-log.ts'
import { createTopicMarks } from '../../../lib/redrive/topic-marks.ts'
import { runsOf } from '../../../lib/staging/runs.ts'
import type { OffsetRuns } from '../../../lib/staging/staged-object.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const place = { topic: 'orders', partition: 3 }

const offsets = fc.uniqueArray(fc.nat(20), { maxLength: 10 }).map(some => runsOf(some.toSorted((a, b) => a - b)))
const outcome: fc.Arbitrary<MarkedOffsets> = fc
  .record({ redriven: offsets, undecodable: offsets, unknown: offsets })
  .map(({ redriven, undecodable, unknown }) => ({
    redriven,
    failed: [
      { code: 'VALUE_UNDECODABLE', offsets: undecodable, time: 1 },
      { code: 'SCHEMA_UNKNOWN', offsets: subtract(unknown, undecodable), time: 2 },
    ].filter(group => group.offsets.length > 0),
  }))

test('a record that was redriven stays so, and one that failed again has its newest code', () => {
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 5 }), outcomes => {
      const marks = outcomes.reduce(withOutcome, noMarks())
      for (let offset = 0; offset <= 20; offset++) {
        const isRedriven = outcomes.some(one => holdsOffset(one.redriven, offset))
        const codes = outcomes.flatMap(one =>
          one.failed.filter(group => holdsOffset(group.offsets, offset)).map(({ code }) => code),
        )
        expect(holdsOffset(marks.redriven, offset)).toBe(isRedriven)
        const now = marks.failed.filter(group => holdsOffset(group.offsets, offset)).map(({ code }) => code)
        expect(now).toEqual(isRedriven || codes.length === 0 ? [] : [codes.at(-1)])
      }
      const all = [marks.redriven, ...marks.failed.map(group => group.offsets)]
      for (const [index, runs] of all.entries())
        for (const other of all.slice(index + 1)) expect(countOf(intersect(runs, other))).toBe(0)
    }),
  )
})

const plan = (sequence: number, marks: MarkedOffsets, topicId?: string): RedrivePlan => ({
  schema: 1,
  sequence,
  created: 1,
  topicId,
  marks,
  found: [],
  failed: [],
  sources: [],
  form: { format: 'json' } as RedrivePlan['form'],
  objects: [],
})

test('the marks of a dump are what its newest entry says, once it is done', async () => {
  const store = new MemoryStore(() => 0)
  const log = createRedriveLog(store, 'dump', place)
  const marks = createBucketMarks(store, 'dump')
  expect(await marks.of(place)).toEqual(noMarks())
  expect(await log.createPlan(plan(0, noMarks()))).toBe(true)
  expect(await log.createPlan(plan(0, noMarks()))).toBe(false)
  expect(await marks.of(place)).toEqual(noMarks())
  const done: MarkedOffsets = { redriven: [[5, 2]], failed: [{ code: 'VALUE_TOO_LARGE', offsets: [[9, 1]], time: 7 }] }
  await log.createDone({ schema: 1, sequence: 0, created: 1, marks: done })
  expect(await marks.of(place)).toEqual(done)
  await log.createPlan(plan(1, done))
  expect(await marks.of(place)).toEqual(done)
  await log.createChange({ schema: 1, sequence: 1, number: 1, created: 1, objects: [], failed: [] })
  expect((await log.newest())?.changes).toHaveLength(1)
  expect(await marks.of({ ...place, partition: 4 })).toEqual(noMarks())
})

test('marks of a topic that was created again don’t count', async () => {
  const store = new MemoryStore(() => 0)
  const log = createRedriveLog(store, '', place)
  await log.createPlan(plan(0, noMarks(), 'a'))
  await log.createDone({ schema: 1, sequence: 0, created: 1, marks: { redriven: [[5, 2]], failed: [] } })
  const marks = createBucketMarks(store, '')
  expect((await marks.of(place, 'a')).redriven).toEqual([[5, 2]])
  expect((await marks.of(place)).redriven).toEqual([[5, 2]])
  expect(await marks.of(place, 'b')).toEqual(noMarks())
})

test('marks that were made while the topic did not exist are not those of a topic that is made later', async () => {
  const store = new MemoryStore(() => 0)
  const log = createRedriveLog(store, '', place)
  await log.createPlan(plan(0, noMarks()))
  await log.createDone({ schema: 1, sequence: 0, created: 1, marks: { redriven: [[3, 1]], failed: [] } })
  const marks = createBucketMarks(store, '')
  expect(await marks.of(place, 'b')).toEqual(noMarks())
  expect((await marks.of(place)).redriven).toEqual([[3, 1]])
})

test('while the topic does not exist, the marks are those of its last one, and the others stay', async () => {
  const done = { schema: 1 as const, sequence: 1, created: 1, marks: { redriven: [[7, 1]] as OffsetRuns, failed: [] } }
  const others = [{ topicId: 'a', marks: { redriven: [[3, 1]] as OffsetRuns, failed: [] } }]
  const entry = { plan: { ...plan(1, noMarks(), 'b'), others }, changes: [], done }
  expect(marksBefore(entry)).toEqual({ topicId: 'b', marks: done.marks, others })

  const topic = new MarksTopic()
  await topic.open('dump').add(place, 'a', { redriven: [[3, 1]], failed: [] }, 0)
  expect(await topic.open('dump').lastTopicId(place)).toBe('a')
  expect((await topic.open('dump').of(place)).redriven).toEqual([[3, 1]])
  expect(await topic.open('dump').of(place, 'b')).toEqual(noMarks())
})

/** A compacted topic in memory, as several processes see it. */
class MarksTopic {
  readonly records: LogRecord[] = []
  open(connector: string) {
    return createTopicMarks({
      topic: 'marks',
      connector,
      topics: { use: run => run() },
      logger: { info() {}, warn() {}, error() {} } as never,
      log: {
        read: async (_topic: string, from: number, { take }: LogTaker) => {
          for (const record of this.records.slice(from)) take(record)
          return this.records.length
        },
      },
      producer: {
        send: async (_topic: string, records: OutgoingRecord[]) => {
          for (const { key, value } of records) this.records.push({ key, value })
        },
      },
    })
  }
  get live(): number {
    return new Map(this.records.map(({ key, value }) => [String(key), value])).values().filter(Boolean).toArray().length
  }
}

test('redrives at once add to each other’s marks in a topic, and many entries become few', async () => {
  const topic = new MarksTopic()
  const [one, other, foreign] = [topic.open('dump'), topic.open('dump'), topic.open('another')]
  for (let offset = 0; offset < 200; offset++)
    await (offset % 2 ? one : other).add(place, 'a', { redriven: [[2 * offset, 1]], failed: [] }, 0)
  const all = Array.from({ length: 200 }, (_, index): [number, number] => [2 * index, 1])
  expect((await other.of(place, 'a')).redriven).toEqual(all)
  expect((await topic.open('dump').of(place, 'a')).redriven).toEqual(all)
  expect(await topic.open('dump').of(place, 'b')).toEqual(noMarks())
  expect(await foreign.of(place, 'a')).toEqual(noMarks())
  expect(topic.live).toBeLessThan(150)
})

test('a mark that somebody produced by hand is passed over', async () => {
  const topic = new MarksTopic()
  topic.records.push({ key: Buffer.from('{'), value: Buffer.from('x') })
  await topic.open('dump').add(place, undefined, { redriven: [[1, 1]], failed: [] }, 0)
  expect((await topic.open('dump').of(place)).redriven).toEqual([[1, 1]])
})
