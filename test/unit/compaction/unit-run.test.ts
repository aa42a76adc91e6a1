import { createCommitLog } from '../../../lib/commits/commit-log.ts'
import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import { from, PREFIX, records, START, StagedTopic } from '../../support/staged-topic.ts'

const valuesOf = (offsets: readonly number[], partition = 0) => offsets.map(offset => `${partition}.${offset}`)
const all = { flushSize: 1 }

describe('a run', () => {
  test('that is dry creates, deletes and moves nothing', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    for (const some of [records(from(0, 9)), records(from(0, 4), 0, 'anew '), records(from(10, 19))])
      await topic.stage(some)
    const before = topic.store.keys()
    const forever = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
    const unit = { topic: 'orders', partition: 0 }
    const report = await compactUnit(unit, topic.compaction(all), forever, { isDry: true })
    expect(report.planned?.outputs).toMatchObject([{ firstOffset: 10, lastOffset: 19 }])
    expect(topic.store.keys()).toEqual(before)
  })

  test('begins nothing after its deadline, and sends nothing after its end', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    expect(await topic.compact(all, {}, { deadline: START })).toMatchObject({ unfinished: true, outputs: [] })
    const store = topic.store.client(call => {
      if (call === 'close') topic.now += 60_000
    })
    // Its object is written, and the worker sleeps: it may neither say so nor delete anything.
    const report = await topic.compact(all, { store }, { end: START + 30_000 })
    expect(report).toMatchObject({ unfinished: true, deleted: 0 })
    expect(topic.folder('_staging')).toHaveLength(1)
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
  })

  test('continues a plan from the objects that are there', async () => {
    const topic = new StagedTopic()
    for (const first of [0, 10, 20]) await topic.stage(records(from(first, first + 9)))
    let closed = 0
    const store = topic.store.client(call => {
      if (call === 'close' && ++closed === 3) throw new Error('killed')
    })
    await expect(topic.compact({ flushSize: 10 }, { store })).rejects.toThrow('killed')
    const calls: string[] = []
    const watched = topic.store.client((call, key) => void calls.push(`${call} ${key}`))
    await topic.compact({ flushSize: 10 }, { store: watched })
    expect(calls.filter(call => call.startsWith('get ') && call.includes('_staging'))).toHaveLength(1)
    expect(await topic.values()).toEqual(valuesOf(from(0, 29)))
  })

  test('reads each staged object once, whatever the number of folders', async () => {
    const topic = new StagedTopic({ partitioner: { name: 'field', field: 'key', fallback: 'none' } })
    for (const first of [0, 30, 60]) await topic.stage(records(from(first, first + 29)))
    const reads: string[] = []
    const store = topic.store.client((call, key) => {
      if (call === 'get' && key.includes('_staging')) reads.push(key)
    })
    await topic.compact({ flushSize: 30 }, { store })
    expect(topic.visible).toHaveLength(3)
    expect(reads).toHaveLength(new Set(reads).size)
    expect(reads).toHaveLength(3)
  })

  test('keeps the log of what it did: no entry is deleted or changed', async () => {
    const topic = new StagedTopic()
    const log = createCommitLog(topic.store, PREFIX, { topic: 'orders', partition: 0 })
    for (let nth = 0; nth < 5; nth++) {
      await topic.stage(records(from(nth * 10, nth * 10 + 9)))
      await topic.compact(all)
    }
    const sequences = (await Array.fromAsync(log.entries())).map(({ sequence, kinds }) => [sequence, ...kinds])
    expect(sequences).toEqual([4, 3, 2, 1, 0].map(sequence => [sequence, 'done', 'plan']))
  })
})
