import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createCommitLog } from '../../../lib/commits/commit-log.ts'
import type { CommittedObject, Done, Plan, Unit } from '../../../lib/commits/entry.ts'
import { unitsWithLog } from '../../../lib/commits/log-units.ts'
import type { Compaction } from '../../../lib/compaction/compaction.ts'
import { sweep } from '../../../lib/compaction/retention.ts'
import { sweepDue } from '../../../lib/compaction/retention-units.ts'
import { compactionOver, NOW, UNIT } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const DAY = 86_400_000
const RETENTION = 30 * DAY
const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }

const content = { body: Buffer.from('x'), contentType: 'text/plain' }

/** A store whose clock a test sets. */
function timedStore() {
  const clock = { now: NOW }
  const store = new MemoryStore(() => clock.now)
  const compaction = compactionOver(store, { now: () => clock.now, recordRetentionMs: RETENTION })
  return { clock, store, compaction }
}

/** Commits objects as an entry of the log, with nothing but what a sweep reads. */
async function commit(
  sequence: number,
  objects: Partial<CommittedObject>[],
  compaction: Compaction,
  changes: { plan?: Partial<Plan>; done?: Partial<Done>; unit?: Unit } = {},
): Promise<string[]> {
  const { store, prefix, now } = compaction
  const log = createCommitLog(store, prefix, changes.unit ?? UNIT)
  const outputs = objects.map(
    (object, index) => ({ key: `lake/accounts/${sequence}-${index}`, ...object }) as CommittedObject,
  )
  for (const { key } of outputs) await store.put({ key, ...content, metadata: { plan: String(sequence) } })
  const entry = { schema: 1, sequence, created: now() } as const
  const state = { inputs: [], outputs: [], remaining: [], positions: {}, late: -1 }
  await log.createPlan({ ...entry, ...state, ...changes.plan })
  await log.createDone({ ...entry, outputs, ...changes.done })
  return outputs.map(({ key }) => key)
}

describe('retention', () => {
  it('deletes objects by the age of their newest record, or of their commit, with their large values', async () => {
    const { clock, store, compaction } = timedStore()
    const value = 'lake/_overflow/accounts+0+0000000007'
    await store.put({ key: value, ...content, metadata: {} })
    const [old, young, timeless] = await commit(
      0,
      [{ maxTimestamp: NOW - 28 * DAY, large: { 0: [7] } }, { maxTimestamp: NOW - 20 * DAY }, { maxTimestamp: -1 }],
      compaction,
    )
    const here = () => [old, young, timeless, value].map(key => store.objects.has(key as string))
    await sweep(UNIT, compaction, time)
    expect(here()).toEqual([true, true, true, true])
    clock.now += 3 * DAY
    expect(await sweep(UNIT, compaction, time)).toEqual({ replaced: 0, expired: 1, values: 1 })
    expect(here()).toEqual([false, true, true, false])
    clock.now += 8 * DAY
    await sweep(UNIT, compaction, time)
    expect(here()).toEqual([false, false, true, false])
    clock.now = NOW + RETENTION
    await sweep(UNIT, compaction, time)
    expect(here()).toEqual([false, false, false, false])
  })

  it('waits until no worker can be left that would create the object again', async () => {
    const { clock, store, compaction } = timedStore()
    const [key] = (await commit(0, [{ maxTimestamp: NOW - 300 * DAY }], compaction)) as [string]
    clock.now += 3 * DAY - 1
    await sweep(UNIT, compaction, time)
    expect(store.objects.has(key)).toBe(true)
    clock.now += 1
    await sweep(UNIT, compaction, time)
    expect(store.objects.has(key)).toBe(false)
  })

  it('reads entries that are new or due, however long the log is', async () => {
    const { clock, store, compaction } = timedStore()
    for (let sequence = 0; sequence < 40; sequence++) await commit(sequence, [{ maxTimestamp: clock.now }], compaction)
    await sweep(UNIT, compaction, time)
    await commit(40, [{ maxTimestamp: clock.now }], compaction)
    let reads = 0
    const client = store.client(call => {
      if (call === 'get') reads++
    })
    await sweep(UNIT, { ...compaction, store: client }, time)
    // The mark, and one entry.
    expect(reads).toBe(2)
    clock.now += RETENTION
    expect(await sweep(UNIT, compaction, time)).toMatchObject({ expired: 41 })
    reads = 0
    await sweep(UNIT, { ...compaction, store: client }, time)
    expect(reads).toBe(1)
  })

  it('that is set later counts for the objects that are there, and none that isn’t set deletes anything', async () => {
    const { clock, store, compaction } = timedStore()
    const [key] = (await commit(0, [{ maxTimestamp: NOW }], compaction)) as [string]
    clock.now += 300 * DAY
    const without = { ...compaction, recordRetentionMs: undefined }
    await sweep(UNIT, without, time)
    await sweep(UNIT, without, time)
    expect(store.objects.has(key)).toBe(true)
    await sweep(UNIT, compaction, time)
    expect(store.objects.has(key)).toBe(false)
  })

  it('deletes what was emptied and hidden after three days, and what somebody has written there since stays', async () => {
    const { clock, store, compaction } = timedStore()
    const replaced = ['lake/accounts/a', 'lake/accounts/b'].map(key => ({
      key,
      bytes: 1,
      etag: '',
      firstOffset: 0,
      lastOffset: 1,
    }))
    const hidden = 'lake/_next/accounts/0/0000000000-00000-0000.jsonl.gz'
    await store.put({ key: 'lake/accounts/a', ...content, metadata: { 'replaced-by': '0' } })
    await store.put({ key: 'lake/accounts/b', ...content, metadata: {} })
    await store.put({ key: hidden, ...content, metadata: {} })
    const latest = { ranges: 1, objects: [] }
    await commit(0, [], { ...compaction, recordRetentionMs: undefined }, { plan: { replaced }, done: { latest } })
    const there = () => ['lake/accounts/a', 'lake/accounts/b', hidden].map(key => store.objects.has(key))
    await sweep(UNIT, compaction, time)
    expect(there()).toEqual([true, true, true])
    clock.now += 3 * DAY
    expect(await sweep(UNIT, compaction, time)).toMatchObject({ replaced: 1 })
    expect(there()).toEqual([false, true, false])
  })

  it('continues where a sweep was interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 20 }), async nth => {
        const { clock, store, compaction } = timedStore()
        const keys = [
          ...(await commit(
            0,
            [{ maxTimestamp: NOW, large: { 0: [1, 2] } }, { maxTimestamp: NOW + 5 * DAY }],
            compaction,
          )),
          ...(await commit(1, [{ maxTimestamp: NOW }], compaction)),
        ]
        clock.now += RETENTION
        let calls = 0
        const client = store.client(() => {
          if (calls++ === nth) throw new Error('stopped')
        })
        await sweep(UNIT, { ...compaction, store: client }, time).catch(() => undefined)
        await sweep(UNIT, compaction, time)
        expect(keys.map(key => store.objects.has(key))).toEqual([false, true, false])
        clock.now += 5 * DAY
        await sweep(UNIT, compaction, time)
        expect(keys.map(key => store.objects.has(key))).toEqual([false, false, false])
      }),
    )
  })

  // A job that runs every five minutes, or on the hour, must not pass over the only minutes in which something is deleted.
  it.each([1, 5, 60, 1_440])(
    'comes to each topic-partition once a day when a run begins every %d minutes',
    async every => {
      const { clock, store, compaction } = timedStore()
      const units: Unit[] = [
        { topic: 'a', partition: 0 },
        { topic: 'a', partition: 1 },
        { topic: 'a', partition: 10 },
        { topic: 'a.b', partition: 'all' },
        { topic: 'ü', partition: 2 },
      ]
      for (const unit of units) await commit(0, [{ key: `lake/${unit.topic}/${unit.partition}` }], compaction, { unit })
      const found = await Array.fromAsync(unitsWithLog(store, 'lake'))
      expect(found.map(unit => `${unit.topic} ${unit.partition}`).sort()).toEqual(
        units.map(unit => `${unit.topic} ${unit.partition}`).sort(),
      )
      let swept = 0
      const client = store.client((call, key) => {
        if (call === 'put' && key.includes('.swept.')) swept++
      })
      for (let minute = 0; minute < 2 * 24 * 60; minute += every) {
        await sweepDue({ ...compaction, store: client }, time)
        clock.now += every * 60_000
      }
      expect(swept).toBe(2 * units.length)
    },
  )

  it('continues in the next run where its time was over', async () => {
    const { clock, store, compaction } = timedStore()
    for (const partition of [0, 1])
      await commit(0, [{ maxTimestamp: NOW }], compaction, { unit: { topic: 'a', partition } })
    clock.now += RETENTION
    expect(await sweepDue(compaction, { ...time, deadline: clock.now })).toMatchObject({ expired: 0 })
    let calls = 0
    const ending = store.client(call => {
      if (call === 'delete' && calls++ === 0) clock.now += 60_000
    })
    const first = await sweepDue({ ...compaction, store: ending }, { ...time, deadline: clock.now + 60_000 })
    const second = await sweepDue(compaction, time)
    expect([first.expired, second.expired]).toEqual([1, 1])
  })
})
