import { describe, expect, it } from '@jest/globals'
import { createCommitLog } from '../../../lib/commits/commit-log.ts'
import { DistinctKeys } from '../../../lib/compaction/latest-distinct.ts'
import { SLICES, sliceOf } from '../../../lib/compaction/latest-slice.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { compactionOver, finish, NOW, planOf, stage, UNIT } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const record = (offset: number, key: string): KafkaRecord => ({
  ...(UNIT as { topic: string; partition: number }),
  ...{ offset, timestamp: NOW, key: Buffer.from(key), value: Buffer.from(`value ${offset}`), headers: [] },
})

const rotation = { targetSizeBytes: 2_000, timeZone: 'UTC', maxOpenMs: 60_000, across: 'partition' } as const

/** A topic-partition to which batches are added, each as an entry. */
function topic() {
  const store = new MemoryStore(() => NOW)
  const compaction = compactionOver(store, { rotation })
  let sequence = 0
  const state = async () => (await createCommitLog(store, 'lake', UNIT).done(sequence - 1))?.latest
  return {
    state,
    async add(records: KafkaRecord[]) {
      const plan = await planOf(sequence++, [await stage(records, store)], { tombstones: 'keep' }, compaction)
      await finish(plan, compaction)
      return { plan, state: await state() }
    },
  }
}

describe('ranges of keys', () => {
  it('are doubled when objects would become larger than asked for, and no object has keys of two', async () => {
    const { add } = topic()
    const counts: number[] = []
    for (let round = 0; round < 4; round++) {
      const first = round * 200
      const { state } = await add(Array.from({ length: 200 }, (_, index) => record(first + index, `k${first + index}`)))
      const { ranges = 0, objects = [] } = state ?? {}
      counts.push(ranges)
      const width = SLICES / ranges
      for (const { slices, bytes } of objects) {
        expect(bytes).toBeLessThanOrEqual(rotation.targetSizeBytes)
        expect(Math.floor(slices[0] / width)).toBe(Math.ceil(slices[1] / width) - 1)
      }
    }
    for (const [round, count] of counts.entries()) {
      expect(Math.log2(count) % 1).toBe(0)
      expect(count).toBeGreaterThanOrEqual(counts[round - 1] ?? 1)
    }
    expect(counts.at(-1)).toBeGreaterThan(counts[0] as number)
  })

  it('are rewritten only where there are new records', async () => {
    const { add, state } = topic()
    await add(Array.from({ length: 1_000 }, (_, offset) => record(offset, `k${offset}`)))
    const before = (await state())?.objects ?? []
    const { plan, state: after } = await add([record(1_000, 'k7')])
    const slice = sliceOf(record(0, 'k7'))
    const own = before.filter(({ slices: [from, to] }) => from <= slice && slice < to)
    expect(own.length).toBeGreaterThan(0)
    expect(own.length).toBeLessThan(before.length / 2)
    expect(plan.replaced?.map(({ key }) => key).sort()).toEqual(own.map(({ key }) => key).sort())
    const kept = before.filter(object => !own.includes(object)).map(({ key }) => key)
    expect(after?.objects.map(({ key }) => key)).toEqual(expect.arrayContaining(kept))
  })

  it('don’t depend on how keys are made: neighbours have their hashes far apart', () => {
    const perRange = new Array<number>(16).fill(0)
    for (let index = 0; index < 16_000; index++) {
      const range = Math.floor(sliceOf(record(index, `customer-${index}`)) / (SLICES / 16))
      perRange[range] = (perRange[range] ?? 0) + 1
    }
    for (const count of perRange) expect(Math.abs(count - 1_000)).toBeLessThan(250)
  })

  it('count keys nearly rightly, in little memory', () => {
    const seen = new DistinctKeys()
    for (let offset = 0; offset < 300_000; offset++) seen.add(record(offset, `k${offset % 100_000}`))
    expect(seen.records).toBe(300_000)
    expect(Math.abs(seen.keys - 100_000)).toBeLessThan(3_000)
  })
})
