import { describe, expect, it } from '@jest/globals'
import { createCommitLog } from '../../../lib/commits/commit-log.ts'
import type { CommittedObject, Done, LatestObject, PlannedInput } from '../../../lib/commits/entry.ts'
import type { Compaction } from '../../../lib/compaction/compaction.ts'
import { deleteOrphans, findOrphans } from '../../../lib/compaction/orphans.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { encodeStagedObject } from '../../../lib/staging/layout.ts'
import { compactionOver, FORMAT, NOW, UNIT } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const DAY = 86_400_000
const PLACE = UNIT as { topic: string; partition: number }

async function putValue(offset: number, { store, keys }: Compaction): Promise<string> {
  const key = keys.renderValue({ ...PLACE, offset } as KafkaRecord)
  await store.put({ key, body: Buffer.from('large'), contentType: 'application/octet-stream', metadata: {} })
  return key
}

/** Stages an object whose records name large values, in a folder. */
async function stageLarge(offsets: number[], folder: string, { store }: Compaction, isDamaged = false): Promise<void> {
  const frame = {
    body: Buffer.from('frame'),
    ...{ records: offsets.length, offsets: offsets.map((offset): [number, number] => [offset, 1]) },
    ...{ minTimestamp: -1, maxTimestamp: -1, large: offsets },
  }
  const { key, body } = encodeStagedObject('lake', { ...PLACE, form: FORMAT, frames: [frame] })
  const damaged = isDamaged ? body.subarray(3) : body
  await store.put({ key: key.replace('_staging', folder), body: damaged, contentType: '', metadata: {} })
}

async function commit(sequence: number, taken: [number, number][], done: Partial<Done>, compaction: Compaction) {
  const log = createCommitLog(compaction.store, 'lake', UNIT)
  const inputs = [{ key: 'gone', partition: 0, offsets: taken } as unknown as PlannedInput]
  const entry = { schema: 1, sequence, created: NOW } as const
  await log.createPlan({ ...entry, inputs, outputs: [], remaining: [], positions: {}, late: -1 })
  await log.createDone({ ...entry, outputs: [], ...done })
}

const offsetsOf = (found: { offset: number }[]) => found.map(({ offset }) => offset).sort((a, b) => a - b)

describe('large values that no record names', () => {
  it('are those of no staged, committed or other object', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    for (const offset of [1, 2, 3, 4, 5, 6, 7, 8, 30]) await putValue(offset, compaction)
    await stageLarge([1], '_staging', compaction)
    await stageLarge([2], '_quarantine', compaction)
    await stageLarge([3], '_adopting', compaction)
    await stageLarge([4], '_quarantine', compaction, true)
    await commit(0, [[5, 2]], { outputs: [{ large: { 0: [5] } } as unknown as CommittedObject] }, compaction)
    const earlier = compaction.keys.render({ ...PLACE, firstOffset: 7, lastOffset: 9, extension: 'jsonl.gz' })
    await store.put({ key: earlier, body: Buffer.from(''), contentType: '', metadata: {} })
    // 6 was taken and no object names it. Of 7, 8 and 30 the log knows nothing: an object, or a batch that comes, may name them.
    expect(offsetsOf(await findOrphans(compaction))).toEqual([6])
  })

  // Deleted for good otherwise, while a visible object names them.
  it('are none that an object of an earlier template or a log that is gone may name', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    for (const offset of [3, 6]) await putValue(offset, compaction)
    expect(await findOrphans(compaction)).toEqual([])
    await commit(7, [[6, 1]], {}, compaction)
    expect(offsetsOf(await findOrphans(compaction))).toEqual([6])
    const ofAll = { topic: PLACE.topic, partition: 'all', firstOffset: -1, lastOffset: -1 } as const
    for (const key of [
      compaction.keys.render({ ...ofAll, made: { sequence: 0, index: 0 }, extension: 'jsonl.gz' }),
      'lake/accounts/earlier/template.jsonl.gz',
      compaction.keys.render({ ...PLACE, firstOffset: 5, lastOffset: 9, extension: 'jsonl.gz' }),
    ]) {
      await store.put({ key, body: Buffer.from(''), contentType: '', metadata: {} })
      expect(await findOrphans(compaction)).toEqual([])
      await store.delete([key])
    }
  })

  // A store that creates objects once doesn't write the value of a repeated batch again, so that it stays old.
  it('are none of a batch that was staged while they were looked for', async () => {
    const clock = { now: NOW }
    const store = new MemoryStore(() => clock.now)
    const compaction = compactionOver(store, { now: () => clock.now })
    await putValue(1, compaction)
    await commit(0, [[1, 1]], {}, compaction)
    clock.now += 3 * DAY
    const orphans = await findOrphans(compaction)
    expect(offsetsOf(orphans)).toEqual([1])
    await stageLarge([1], '_staging', compaction)
    expect(await deleteOrphans(orphans, compaction)).toEqual([])
  })

  it('are those of records that newer ones of their key have replaced', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    for (const offset of [0, 1, 2]) await putValue(offset, compaction)
    const made = (offset: number) => ({ large: { 0: [offset] } }) as unknown as LatestObject
    await commit(0, [[0, 1]], { outputs: [made(0)], latest: { ranges: 1, objects: [made(0)] } }, compaction)
    await commit(1, [[1, 1]], { outputs: [made(1)], latest: { ranges: 1, objects: [made(1)] } }, compaction)
    await commit(2, [[2, 1]], { outputs: [made(2)] }, compaction)
    expect(offsetsOf(await findOrphans(compaction))).toEqual([0])
  })

  it('are deleted three days after they were written', async () => {
    const clock = { now: NOW }
    const store = new MemoryStore(() => clock.now)
    const compaction = compactionOver(store, { now: () => clock.now })
    const old = await putValue(1, compaction)
    const rewritten = await putValue(2, compaction)
    await commit(0, [[1, 2]], {}, compaction)
    clock.now += 3 * DAY
    const orphans = await findOrphans(compaction)
    await putValue(2, compaction)
    expect(await deleteOrphans(orphans, compaction)).toEqual([old])
    expect(store.keys('lake/_overflow/')).toEqual([rewritten])
  })
})
