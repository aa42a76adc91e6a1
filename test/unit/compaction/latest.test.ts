import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { KeepLatest } from '../../../lib/compaction/rotation.ts'
import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { legible } from '../../support/formats.ts'
import { compactionOver, finish, NOW, planOf, stage, UNIT, visibleRecords } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const HOUR = 3_600_000

function record(offset: number, key: string | null, value: string | null, timestamp = NOW - HOUR): KafkaRecord {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
  const { topic, partition } = UNIT as { topic: string; partition: number }
  return { topic, partition, offset, timestamp, key: bytes(key), value: bytes(value), headers: [] }
}

/** Kafka's own compaction: the newest record of each key, and every record without one. */
function compacted(records: KafkaRecord[], isGone: (record: KafkaRecord) => boolean): KafkaRecord[] {
  const newest = new Map<string, KafkaRecord>()
  for (const one of records.toSorted((a, b) => a.offset - b.offset))
    newest.set(one.key?.toString('latin1') ?? `offset ${one.offset}`, one)
  return [...newest.values()].filter(one => !isGone(one)).toSorted((a, b) => a.offset - b.offset)
}

const byOffset = (records: KafkaRecord[]) => legible(records.toSorted((a, b) => a.offset - b.offset))
const isOldTombstone = ({ key, value, timestamp }: KafkaRecord) =>
  key !== null && value === null && timestamp !== -1 && timestamp <= NOW - 24 * HOUR

/** Batches of a topic of few keys, in any order, as late ones come. */
const deliveries = fc
  .array(
    fc.record({
      key: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', ''), { nil: null, freq: 8 }),
      value: fc.option(fc.string(), { nil: null, freq: 3 }),
      timestamp: fc.constantFrom(-1, NOW - HOUR, NOW - 30 * HOUR),
      batch: fc.nat({ max: 5 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(contents => {
    const records = contents.map(({ key, value, timestamp }, offset) => record(offset, key, value, timestamp))
    const batches = Map.groupBy(records, ({ offset }) => contents[offset]?.batch)
    return [...batches.values()]
  })

const settings = fc.record({
  tombstones: fc.constantFrom<KeepLatest['tombstones'][]>('keep', 'drop'),
  targetSizeBytes: fc.constantFrom(300, 2_000, 1_000_000),
  /** Room for a few records, or for all. */
  memory: fc.constantFrom(3_000, 1_000_000),
})
const rotationOf = (targetSizeBytes: number) =>
  ({ targetSizeBytes, timeZone: 'UTC', maxOpenMs: HOUR, across: 'partition' }) as const

describe('the newest record of each key', () => {
  it('is what Kafka’s compaction would leave, whatever comes late', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, settings, async (batches, { tombstones, targetSizeBytes, memory }) => {
        const store = new MemoryStore(() => NOW)
        const compaction = compactionOver(store, { rotation: rotationOf(targetSizeBytes) })
        const isGone = tombstones === 'drop' ? isOldTombstone : () => false
        let expected: KafkaRecord[] = []
        for (const [sequence, batch] of batches.entries()) {
          const plan = await planOf(sequence, [await stage(batch, store)], { tombstones }, compaction)
          await finish(plan, compaction, memory)
          expected = compacted([...expected, ...batch], isGone)
          expect(byOffset(await visibleRecords(store))).toEqual(legible(expected))
        }
        expect(store.keys('lake/_staging/')).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('is seen once at every moment, wherever a worker stops, and whenever one that slept continues', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, settings, fc.nat(), fc.boolean(), async (batches, changes, moment, sleeps) => {
        const { tombstones, targetSizeBytes, memory } = changes
        const store = new MemoryStore(() => NOW)
        const compaction = compactionOver(store, { rotation: rotationOf(targetSizeBytes) })
        const first = await planOf(0, [await stage(batches[0] ?? [], store)], { tombstones }, compaction)
        await finish(first, compaction, memory)
        const rest = batches.slice(1).flat()
        if (rest.length === 0) return
        const plan = await planOf(
          1,
          [
            await stage(
              rest.toSorted((a, b) => a.offset - b.offset),
              store,
            ),
          ],
          { tombstones },
          compaction,
        )

        const isGone = tombstones === 'drop' ? isOldTombstone : () => false
        const expected = compacted([...compacted(batches[0] ?? [], isGone), ...rest], isGone)
        const watch = async () => assertOnce(await visibleRecords(store))
        const { reached, release, client } = stoppingAt(store, moment % 60, sleeps, watch)
        const stopped = finish(plan, { ...compaction, store: client }, memory).catch(error => error)
        await Promise.race([reached, stopped])
        assertOnce(await visibleRecords(store))
        await finish(plan, { ...compaction, store: store.client(watch) }, memory)
        expect(byOffset(await visibleRecords(store))).toEqual(legible(expected))
        release()
        const outcome = await stopped
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(CodedError)
        expect(byOffset(await visibleRecords(store))).toEqual(legible(expected))
      }),
      { numRuns: 120 },
    )
  })
})

function assertOnce(records: KafkaRecord[]): void {
  const offsets = records.map(({ offset }) => offset)
  expect(new Set(offsets).size).toBe(offsets.length)
}

/** A client whose nth call waits until it is released, or never comes. */
function stoppingAt(store: MemoryStore, nth: number, sleeps: boolean, watch: () => Promise<void>) {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let calls = 0
  const client = store.client(async () => {
    await watch()
    if (calls++ < nth) return
    reach()
    if (!sleeps) throw new CodedError('STORE_UNAVAILABLE', 'the worker is gone')
    await released
  })
  return { reached, release, client }
}
