import fc from 'fast-check'
import type { RecordBatch } from '../../../lib/batch.ts'
import { failurePolicyNames } from '../../../lib/delivery/policy.ts'
import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { batchOf, pathRecord, range, TimedDump } from '../../support/timed-dump.ts'
import { type Answer, TimedStore, unavailable } from '../../support/timed-store.ts'

beforeAll(() => TimedDump.load())

/*
 * A model of deliveries: invocations of one instance on a virtual clock, and a store that is slow, hangs or fails for a while.
 * What the laws allow is computed here from the store's own record of requests, not from the code under test.
 */

/** A while in which the store behaves the same. */
interface Spell {
  forMs: number
  answer: Answer
}

/** Invocations of an instance: what is to be delivered, in how much time. */
interface Scenario {
  /** For each topic-partition how many records each of its paths has. */
  partitions: number[][]
  limitMs: number
  hasSink: boolean
}

const differs = new CodedError('STORE_OBJECT_DIFFERS', 'another object has its key')

const speed = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 9_000 }))
const answers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ afterMs: speed }) },
  { weight: 2, arbitrary: fc.record({ afterMs: fc.integer({ min: 1, max: 900 }), error: fc.constant(unavailable) }) },
  { weight: 1, arbitrary: fc.record({ afterMs: fc.constant(5), error: fc.constant(differs) }) },
  { weight: 1, arbitrary: fc.constant({}) },
)
const spells = fc.array(fc.record({ forMs: fc.integer({ min: 100, max: 20_000 }), answer: answers }), {
  minLength: 1,
  maxLength: 5,
})

const scenario: fc.Arbitrary<Scenario> = fc.record({
  partitions: fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 24 }), {
    minLength: 1,
    maxLength: 12,
  }),
  limitMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 3_000, max: 60_000 })),
  hasSink: fc.boolean(),
})

/** A store whose spells follow each other again and again. */
function storeOf(sequence: Spell[], start: number): TimedStore {
  const cycle = sequence.reduce((sum, { forMs }) => sum + forMs, 0)
  return new TimedStore(() => {
    let at = (Date.now() - start) % cycle
    const spell = sequence.find(({ forMs }) => {
      at -= forMs
      return at < 0
    })
    return spell?.answer ?? {}
  })
}

/** The batches of a scenario. The records of a path lie among those of the others. */
function batchesOf({ partitions }: Scenario): RecordBatch[] {
  return partitions.map((paths, partition) => {
    const rounds = range(0, Math.max(...paths))
    const order = rounds.flatMap(round =>
      [...paths.entries()].filter(([, count]) => count > round).map(([path]) => path),
    )
    return batchOf(order.map((path, offset) => pathRecord(offset, `p${path}`, { topic: 'orders', partition })))
  })
}

/** The key of the object that holds a record, whatever else is in the batch. */
function keyOf(record: KafkaRecord, { records }: RecordBatch): string {
  const path = record.headers[0]?.value?.toString()
  const own = records.filter(({ headers }) => headers[0]?.value?.toString() === path).map(({ offset }) => offset)
  const [first, last] = [own[0], own.at(-1)].map(offset => String(offset).padStart(10, '0'))
  return `orders/path=${path}/orders+${record.partition}+${first}-${last}.json`
}

/** The stop of an invocation by the rule in docs/failures.md. */
function windowMs({ limitMs, hasSink }: Scenario, policy: string): number {
  return limitMs - (hasSink && policy === 'log' ? Math.min(0.2 * limitMs, 10_000) : Math.min(0.1 * limitMs, 2_000))
}

/** Each run is up to six invocations of hundreds of requests. */
const runs = { numRuns: 30 }

test.each(failurePolicyNames)('law: with enough time all is written, each object once (policy %s)', async policy => {
  const healthy = fc.array(
    fc.record({ forMs: fc.integer({ min: 100, max: 5_000 }), answer: fc.record({ afterMs: speed }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  await fc.assert(
    fc.asyncProperty(scenario, healthy, async (given, sequence) => {
      const slowest = Math.max(...sequence.map(({ answer }) => answer.afterMs ?? 0))
      // Eight objects of a partition at a time, and eight partitions: no order of them takes longer than this.
      const each = given.partitions.map(paths => Math.ceil(paths.length / 8) * slowest)
      const needed = each.reduce((sum, ms) => sum + ms, 0) / 8 + Math.max(...each)
      fc.pre(needed < 800_000)
      const limitMs = Math.ceil(needed * 1.25) + 10
      const dump = new TimedDump({ put: (...args) => store.put(...args) }, policy, given)
      const store = storeOf(sequence, dump.time.now)
      const batches = batchesOf(given)
      expect((await dump.invoke(batches, limitMs)).error).toBeUndefined()
      const keys = batches.flatMap(batch => batch.records.map(record => keyOf(record, batch)))
      expect(store.stored).toEqual(new Map([...store.stored.keys()].map(key => [key, 1])))
      expect(new Set(store.stored.keys())).toEqual(new Set(keys))
      expect([store.requests, dump.dead]).toEqual([new Set(keys).size, []])
      expect(dump.lines.filter(({ level }) => level === 'error')).toEqual([])
    }),
    runs,
  )
})

test.each(failurePolicyNames)(
  'law: with too little time each invocation gets further, until all is written, each object once (policy %s)',
  async policy => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.integer({ min: 1, max: 12_000 }), async (given, afterMs) => {
        fc.pre(windowMs(given, policy) > afterMs)
        const store = new TimedStore(() => ({ afterMs }))
        const dump = new TimedDump(store, policy, given)
        const batches = batchesOf(given)
        const objects = given.partitions.flat().length
        for (let isDone = false; !isDone; ) {
          const before = store.stored.size
          const { error } = await dump.invoke(copiesOf(batches), given.limitMs)
          if (error) expect(error.code).toBe('OUT_OF_TIME')
          expect(store.stored.size).toBeGreaterThan(before)
          isDone = error === undefined
        }
        expect(store.stored.size).toBe(objects)
        expect(new Set(store.stored.values())).toEqual(new Set([1]))
        expect(dump.dead).toEqual([])
      }),
      runs,
    )
  },
)

/** A later delivery of the same records: other objects in memory. */
function copiesOf(batches: RecordBatch[]): RecordBatch[] {
  return batches.map(batch => ({ ...batch, records: batch.records.map(record => ({ ...record })) }))
}

test.each(failurePolicyNames)(
  'law: whatever the store does, a record is written, or put aside after it was really tried, or delivered again (policy %s)',
  async policy => {
    const sinkAway = fc.array(fc.boolean(), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(scenario, spells, sinkAway, async (given, sequence, away) => {
        const dump = new TimedDump({ put: (...args) => store.put(...args) }, policy, given)
        const store = storeOf(sequence, dump.time.now)
        const batches = batchesOf(given)
        const places = batches.flatMap(batch =>
          batch.records.map(record => [placeOf(record), keyOf(record, batch)] as const),
        )
        const aside = new Set<string>()
        for (let turn = 0, error: unknown = true; error && turn < 6; turn++) {
          dump.isSinkAway = away[turn] ?? false
          store.begun.clear()
          const [start, line] = [dump.time.now, dump.lines.length]
          error = (await dump.invoke(copiesOf(batches), given.limitMs)).error
          expect(dump.time.now - start).toBeLessThanOrEqual(given.limitMs)

          const named = [...dump.named('Records put aside', line), ...dump.named('Records left in Kafka', line)]
          const keys = new Map(places)
          const wereTried = named.filter(place => wasTried(store, keys.get(place), start, windowMs(given, policy)))
          expect(wereTried).toEqual(named)
          // None is put aside twice, however often its batch is delivered.
          expect(named.filter(place => aside.has(place))).toEqual([])
          for (const place of named) aside.add(place)
          const both = places.filter(([place, key]) => aside.has(place) && store.stored.has(key))
          const neither = places.filter(([place, key]) => !aside.has(place) && !store.stored.has(key))
          expect([both, error ? [] : neither]).toEqual([[], []])
        }
        expect([...store.stored.values()].filter(times => times !== 1)).toEqual([])
        if (given.hasSink && policy === 'log')
          expect(new Set(dump.dead.map(({ record }) => placeOf(record)))).toEqual(aside)
        if (policy === 'fail') expect(aside).toEqual(new Set())
      }),
      runs,
    )
  },
)

const placeOf = ({ partition, offset }: KafkaRecord) => `${partition}/${offset}`

/** Whether the store refused the object for good, or was asked for long enough before the stop. */
function wasTried(store: TimedStore, key: string | undefined, start: number, window: number): boolean {
  if (key === undefined) return false
  const began = store.begun.get(key) ?? Number.POSITIVE_INFINITY
  return store.refused.has(key) || start + window - began > Math.min(60_000, window / 2)
}
