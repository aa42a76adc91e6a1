import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import type { Compaction } from '../../../lib/compaction/compaction.ts'
import type { Rotation } from '../../../lib/compaction/rotation.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { legible } from '../../support/formats.ts'
import { compactionOver, finish, NOW, planOf, stage, UNIT, visibleRecords } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
const DAY = 86_400_000
const rotation: Rotation = { flushSize: 5, timeZone: 'UTC', maxOpenMs: 60_000, across: 'partition' }

const record = (offset: number, key: string, value = `${key}${offset}`, timestamp = NOW + offset): KafkaRecord => ({
  ...(UNIT as { topic: string; partition: number }),
  ...{ offset, timestamp, key: Buffer.from(key), value: Buffer.from(value), headers: [] },
})

const byOffset = (records: KafkaRecord[]) => legible(records.toSorted((a, b) => a.offset - b.offset))

function newest(records: KafkaRecord[]): KafkaRecord[] {
  const sorted = records.toSorted((a, b) => a.offset - b.offset)
  return [...new Map(sorted.map(one => [one.key?.toString(), one])).values()]
}

function compactionOf(store: MemoryStore, changes: Partial<Compaction> = {}): Compaction {
  return compactionOver(store, { rotation, keepLatest: { tombstones: 'keep' }, ...changes })
}

/** Everything that is staged is compacted, whether or not a limit is reached. */
const compactAll = (compaction: Compaction) =>
  compactUnit(UNIT, { ...compaction, rotation: { ...rotation, flushSize: 1 } }, time)

describe('a topic-partition of which the newest records are kept', () => {
  it('has each once, whatever is repeated, cut anew or late', async () => {
    const topic = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 }).map(keys =>
      // A transaction's marker takes an offset that no record has.
      keys.map((key, index) => record(index + Math.floor(index / 7), key)),
    )
    const cuts = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 8 }), fc.boolean()), { maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(topic, cuts, async (records, batches) => {
        const store = new MemoryStore(() => NOW)
        const compaction = compactionOf(store)
        for (const [start, size, compacts] of batches) {
          const first = start % records.length
          await stage(records.slice(first, first + size), store)
          if (compacts) await compactUnit(UNIT, compaction, time)
        }
        for (let first = 0; first < records.length; first += 6) await stage(records.slice(first, first + 6), store)
        await compactAll(compaction)
        expect(byOffset(await visibleRecords(store))).toEqual(byOffset(newest(records)))
        expect(store.keys('lake/_staging/')).toEqual([])
        expect(store.keys('lake/_quarantine/')).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('takes over the objects that were made before', async () => {
    const store = new MemoryStore(() => NOW)
    const records = Array.from({ length: 20 }, (_, offset) => record(offset, 'abc'[offset % 3] as string))
    for (let first = 0; first < 20; first += 5) {
      await stage(records.slice(first, first + 5), store)
      if (first < 15) await compactUnit(UNIT, compactionOf(store, { keepLatest: undefined }), time)
    }
    expect((await visibleRecords(store)).length).toBe(15)
    await compactAll(compactionOf(store))
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset(newest(records)))
  })

  // All of them in one plan took longer than a run has, so that no plan was ever made.
  it.each(['keep', 'drop'] as const)(
    'takes them over plan by plan when one run cannot read them (tombstones: %s)',
    async tombstones => {
      const store = new MemoryStore(() => NOW)
      const old = (offset: number) => ({
        ...record(offset, 'abcd'[offset % 4] as string, undefined, NOW - 30 * 86_400_000),
        ...(offset === 14 || offset === 16 ? { value: null } : {}),
      })
      const records = Array.from({ length: 20 }, (_, offset) => old(offset))
      for (let first = 0; first < 15; first += 5) {
        await stage(records.slice(first, first + 5), store)
        await compactUnit(UNIT, compactionOf(store, { keepLatest: undefined }), time)
      }
      const compaction = compactionOf(store)
      const sizes: number[] = []
      for (let sequence = 3; sequence < 6; sequence++) {
        const first = sequence === 3 ? 15 : 17 + sequence - 4
        const batch = await stage(records.slice(first, sequence === 3 ? 17 : first + 1), store)
        const plan = await planOf(sequence, [batch], { tombstones }, compaction, 1)
        await finish(plan, compaction)
        sizes.push(plan.latest?.others?.length ?? 0)
        const visible = await visibleRecords(store)
        const offsets = visible.map(({ offset }) => offset)
        expect(new Set(offsets).size).toBe(offsets.length)
        for (const one of newest(records.slice(0, first + 1)).filter(({ value }) => value !== null))
          expect(offsets).toContain(one.offset)
      }
      expect(sizes).toEqual([2, 1, 0])
      const left = newest(records.slice(0, 19)).filter(({ value }) => tombstones === 'keep' || value !== null)
      expect(byOffset(await visibleRecords(store))).toEqual(byOffset(left))
    },
  )

  it('puts aside what a topic that was created again has at the same offsets', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOf(store)
    await stage([record(0, 'a'), record(1, 'a'), record(2, 'b')], store)
    await compactAll(compaction)
    await stage([record(0, 'a', 'anew', NOW + DAY)], store)
    const { quarantined } = await compactAll(compaction)
    expect(quarantined).toBe(1)
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(1, 'a'), record(2, 'b')]))
  })

  // A lifecycle rule or a person has deleted it: the partition stood still for good, although nothing can be there twice.
  it.each(['before only the newest were kept', 'since'])(
    'continues when an object is gone that was made %s',
    async when => {
      const store = new MemoryStore(() => NOW)
      const before = when === 'since' ? {} : { keepLatest: undefined }
      await stage([record(0, 'a'), record(1, 'b')], store)
      await compactAll(compactionOf(store, before))
      store.objects.delete(store.keys('lake/accounts/')[0] as string)
      await stage([record(2, 'a')], store)
      const stopped = store.client(call => {
        if (call === 'close') throw new Error('stopped')
      })
      await expect(compactAll(compactionOf(stopped))).rejects.toThrow('stopped')
      await compactAll(compactionOf(store))
      expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(2, 'a')]))
      await stage([record(3, 'b')], store)
      await compactAll(compactionOf(store))
      expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(2, 'a'), record(3, 'b')]))
    },
  )

  // The ETag of an object that was written in parts differs in a copy of the bucket.
  it('continues in a copy of the bucket', async () => {
    const store = new MemoryStore(() => NOW)
    await stage([record(0, 'a'), record(1, 'b')], store)
    await compactAll(compactionOf(store))
    for (const held of store.objects.values()) held.etag += '-2'
    await stage([record(2, 'a')], store)
    await compactAll(compactionOf(store))
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(1, 'b'), record(2, 'a')]))
  })

  // Another memory limit, or another version of a compression: the second worker's bytes differ.
  it('is finished by a worker that makes other bytes of the same plan', async () => {
    const store = new MemoryStore(() => NOW)
    await stage([record(0, 'a'), record(1, 'b')], store)
    const stopped = store.client((call, key) => {
      if (call === 'create' && key.includes('.piece.')) throw new Error('stopped')
    })
    await expect(compactAll(compactionOf(stopped))).rejects.toThrow('stopped')
    for (const key of store.keys('lake/_next/')) {
      const held = store.objects.get(key) as { body: Buffer; size: number }
      held.body = Buffer.concat([held.body, held.body])
      held.size = held.body.length
    }
    await compactAll(compactionOf(store))
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(0, 'a'), record(1, 'b')]))
  })

  // An alarm for each batch that is repeated would say that the topic was created again.
  it('puts nothing aside because the clocks of producers differ, or because its key was deleted', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOf(store, { keepLatest: { tombstones: 'drop' } })
    const deleted = { ...record(3, 'b', '', NOW - 9 * DAY), value: null }
    const first = [record(0, 'a'), record(1, 'b', 'b1', NOW - 10 * DAY)]
    await stage([...first, record(2, 'c')], store)
    await stage([deleted, record(4, 'a', 'a4', NOW - DAY)], store)
    await compactAll(compaction)
    await stage(first, store)
    expect(await compactAll(compaction)).toMatchObject({ quarantined: 0, deleted: 1 })
    expect((await visibleRecords(store)).map(({ offset }) => offset)).toEqual(expect.arrayContaining([2, 4]))
    await stage([record(1, 'b', 'anew', NOW + DAY)], store)
    expect(await compactAll(compaction)).toMatchObject({ quarantined: 1, deleted: 0 })
  })

  it('continues without the records of a staged object that is damaged, under the policy log', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOf(store, { policy: 'log' })
    await stage([record(0, 'a'), record(1, 'b')], store)
    const { key } = await stage([record(2, 'a')], store)
    const held = store.objects.get(key) as { body: Buffer }
    held.body[20] = (held.body[20] as number) ^ 0xff
    await compactAll(compaction)
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(0, 'a'), record(1, 'b')]))
    await stage([record(2, 'a')], store)
    await compactAll(compaction)
    expect(byOffset(await visibleRecords(store))).toEqual(byOffset([record(1, 'b'), record(2, 'a')]))
  })
})
