import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { adopt } from '../../../lib/compaction/adopt.ts'
import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import type { Compaction } from '../../../lib/compaction/compaction.ts'
import type { Rotation } from '../../../lib/compaction/rotation.ts'
import { encode } from '../../../lib/formats/encode.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { legible, readObject } from '../../support/formats.ts'
import { compactionOver, NOW, stage, UNIT, visibleRecords } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
const rotation: Rotation = { flushSize: 4, timeZone: 'UTC', maxOpenMs: 60_000, across: 'partition' }

const record = (offset: number): KafkaRecord => ({
  ...(UNIT as { topic: string; partition: number }),
  ...{ offset, timestamp: NOW + offset, key: null, value: Buffer.from(`v${offset}`), headers: [] },
})

async function dump(records: KafkaRecord[], { store, keys, format }: Compaction, plan?: number) {
  const [{ range, path }] = keys.divide(records) as [ReturnType<typeof keys.divide>[number]]
  const { body, extension, ...content } = await encode(records, format)
  const made = plan === undefined ? undefined : { sequence: plan }
  const metadata: Record<string, string> = plan === undefined ? {} : { 'redrive-plan': String(plan) }
  await store.put({ key: keys.render({ ...range, path, extension, made }), body, ...content, metadata })
}

const byOffset = (records: KafkaRecord[]) => legible(records.toSorted((a, b) => a.offset - b.offset))
const closing = (compaction: Compaction) => ({ ...compaction, rotation: { ...rotation, flushSize: 1 } })

describe('adoption beside compaction', () => {
  it('has every record once at every moment, whatever stops or runs at the same time', async () => {
    const batches = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 })
    const steps = fc.array(fc.tuple(fc.nat({ max: 80 }), fc.boolean()), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(batches, steps, fc.nat({ max: 6 }), async (sizes, stops, staged) => {
        const store = new MemoryStore(() => NOW)
        const compaction = compactionOver(store, { rotation })
        const all: KafkaRecord[] = []
        for (const size of sizes) {
          const next = all.length + Math.floor(all.length / 5)
          const batch = Array.from({ length: size }, (_, index) => record(next + index))
          await dump(batch, compaction)
          all.push(...batch)
        }
        // Rotation is on already: batches behind the objects of the earlier dump are staged.
        const behind = (all.at(-1)?.offset ?? 0) + 1
        const later = Array.from({ length: staged }, (_, index) => record(behind + index))
        if (later.length > 0) await stage(later, store)
        const watch = async () => {
          const offsets = (await visibleRecords(store)).map(({ offset }) => offset)
          expect(new Set(offsets).size).toBe(offsets.length)
        }
        for (const [nth, compacts] of stops) {
          let calls = 0
          const client = store.client(async () => {
            await watch()
            if (calls++ >= nth) throw new Error('stopped')
          })
          const adopting = adopt({ ...compaction, store: client }, { time }).catch(() => undefined)
          if (compacts) await compactUnit(UNIT, { ...compaction, store: store.client(watch) }, time)
          await adopting
          if (compacts) await compactUnit(UNIT, { ...compaction, store: store.client(watch) }, time)
        }
        // Twice: a request of a stopped worker that was under way arrives after the first time at the latest.
        for (let last = 0; last < 2; last++) {
          const { left } = await adopt({ ...compaction, store: store.client(watch) }, { time })
          expect(left).toEqual([])
          await compactUnit(UNIT, { ...closing(compaction), store: store.client(watch) }, time)
        }
        expect(byOffset(await visibleRecords(store))).toEqual(legible([...all, ...later]))
        expect(store.keys('lake/_quarantine/')).toEqual([])
        expect(store.keys('lake/_adopting/')).toEqual([])
      }),
      { numRuns: 25 },
    )
  })

  it.each([false, true])('makes one of what was written twice with other bounds (the log exists: %s)', async exists => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store, { rotation })
    const records = Array.from({ length: 20 }, (_, offset) => record(offset))
    await dump(records.slice(0, 10), compaction)
    await dump(records.slice(5, 15), compaction)
    await dump(records.slice(8, 20), compaction)
    await dump(records.slice(9, 11), compaction)
    if (exists) {
      await stage([record(20)], store)
      await compactUnit(UNIT, closing(compaction), time)
    }
    await adopt(compaction, { time })
    await compactUnit(UNIT, closing(compaction), time)
    const expected = exists ? [...records, record(20)] : records
    expect(byOffset(await visibleRecords(store))).toEqual(legible(expected))
    expect(store.keys('lake/_quarantine/')).toEqual([])
  })

  // A laptop that slept between its last look at the original and its deletion: the records were in no object any more.
  it('leaves the object that compaction made while another adoption slept', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store, { rotation })
    const records = [record(0), record(1), record(2), record(3)]
    await dump(records, compaction)
    let slept = false
    const sleeper = store.client(async (call, key) => {
      if (slept || call !== 'delete' || !key.startsWith('lake/accounts/')) return
      slept = true
      await adopt(compaction, { time })
      await compactUnit(UNIT, closing(compaction), time)
    })
    await adopt({ ...compaction, store: sleeper }, { time })
    await compactUnit(UNIT, closing(compaction), time)
    expect(slept).toBe(true)
    expect(byOffset(await visibleRecords(store))).toEqual(legible(records))
  })

  // The rest of the original's records stayed in the hidden copy for good.
  it('stages an interrupted copy when an object of some of its records has the key of the original', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store, { rotation })
    const records = [record(0), record(1), record(2), record(3)]
    await dump(records, compaction)
    const stopped = store.client((call, key) => {
      if (call === 'create' && key.includes('_staging')) throw new Error('stopped')
    })
    await expect(adopt({ ...compaction, store: stopped }, { time })).rejects.toThrow('stopped')
    await stage([record(0), record(3)], store)
    await compactUnit(UNIT, closing(compaction), time)
    expect((await visibleRecords(store)).length).toBe(2)
    await adopt(compaction, { time })
    await compactUnit(UNIT, closing(compaction), time)
    expect(byOffset(await visibleRecords(store))).toEqual(legible(records))
    expect(store.keys('lake/_adopting/')).toEqual([])
  })

  it('to another prefix removes an object when the new ones have its records, with copies of its large values', async () => {
    const store = new MemoryStore(() => NOW)
    const format = { ...compactionOver(store).format, maxInlineValueBytes: 10, includeValueSize: true }
    const from = compactionOver(store, { rotation, format })
    const template = parseTemplate(DEFAULT_TEMPLATE) as Template
    const keys = createObjectKeys({ prefix: 'new', template, partitioner: { name: 'default' }, padWidth: 10 })
    const to = { ...closing(from), prefix: 'new', keys }
    const value = from.keys.renderValue(record(3))
    await store.put({ key: value, body: Buffer.from('a large value'), contentType: '', metadata: {} })
    const large = { ...record(3), value: null, valueSize: 13, valueObject: value }
    const sized = (offset: number) => ({ ...record(offset), valueSize: 2 })
    await dump([sized(0), sized(1)], from)
    await dump([sized(2), large], from)
    // What a redrive has put between the others.
    await dump([sized(4), sized(9)], from, 0)
    await dump([sized(5), sized(6)], from)
    const visible = () => store.keys('lake/accounts/').length
    expect(await adopt(from, { time, to })).toMatchObject({ adopted: 4, removed: 0, committed: 0 })
    expect(visible()).toBe(4)
    await compactUnit(UNIT, to, time)
    expect(await adopt(from, { time, to })).toMatchObject({ removed: 4, left: [] })
    expect(visible()).toBe(0)
    const made = store.keys('new/accounts/')
    const contents = made.map(key => readObject(key, store.objects.get(key)?.body as Buffer))
    const records = (await Promise.all(contents)).flat()
    const moved = keys.renderValue(record(3))
    expect(byOffset(records)).toEqual(
      legible([...[sized(0), sized(1), sized(2), { ...large, valueObject: moved }], ...[4, 5, 6, 9].map(sized)]),
    )
    expect(store.objects.get(moved)?.body.toString()).toBe('a large value')
  })

  it('to another prefix keeps an object that differs from what the new ones have', async () => {
    const store = new MemoryStore(() => NOW)
    const from = compactionOver(store, { rotation })
    const template = parseTemplate(DEFAULT_TEMPLATE) as Template
    const keys = createObjectKeys({ prefix: 'new', template, partitioner: { name: 'default' }, padWidth: 10 })
    const to = { ...closing(from), prefix: 'new', keys }
    await dump([record(0), record(1)], from)
    await adopt(from, { time, to })
    await compactUnit(UNIT, to, time)
    await dump([record(0), { ...record(1), value: Buffer.from('other') }], from)
    expect(await adopt(from, { time, to })).toMatchObject({ removed: 0 })
    expect(store.keys('lake/accounts/').length).toBe(1)
  })
})
