import { adopt } from '../../../lib/compaction/adopt.ts'
import { from, records, StagedTopic } from '../../support/staged-topic.ts'

const all = { flushSize: 1 }
const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
const valuesOf = (offsets: readonly number[]) => offsets.map(offset => `0.${offset}`)

// A plan can't be changed: one that names a key which is taken would stop its partition for ever.
test('an object that was written while rotation was off stops compaction before anything is planned, until it is adopted', async () => {
  const topic = new StagedTopic()
  await topic.stage(records(from(0, 4)))
  await topic.compact(all)
  await topic.dump(records(from(5, 9)))
  await topic.stage(records(from(5, 9)))
  const before = topic.folder('_commits')
  await expect(topic.compact(all)).rejects.toMatchObject({
    code: 'STORE_OBJECT_DIFFERS',
    message: expect.stringMatching(/^\S+ exists.*compact --adopt/),
  })
  expect(topic.folder('_commits')).toEqual(before)
  await adopt(topic.compaction(all), { time })
  await topic.compact(all)
  expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
  expect(topic.folder('_staging')).toEqual([])
})

describe('a log that is gone', () => {
  const forget = async (topic: StagedTopic) => await topic.store.delete(topic.folder('_commits'))

  // The names of all partitions' objects have the sequence of their entry, which would be used a second time.
  test('begins again behind the entries that names of objects tell', async () => {
    const topic = new StagedTopic()
    const across = { ...all, across: 'topic' as const }
    for (const first of [0, 5]) {
      await topic.stage(records(from(first, first + 4)))
      await topic.compact(across)
    }
    await forget(topic)
    for (const first of [10, 15]) {
      await topic.stage(records(from(first, first + 4)))
      await topic.compact(across)
    }
    expect(topic.visible).toEqual(
      [0, 1, 2, 3].map(sequence => `orders/orders+all+000000000${sequence}-0000000000.jsonl.gz`),
    )
    // The new log knows what it has taken since.
    await topic.stage(records(from(12, 17)))
    expect(await topic.compact(across)).toMatchObject({ records: 0, quarantined: 0, deleted: 1 })
    expect(await topic.values()).toEqual(valuesOf(from(0, 19)))
  })

  test('of a topic-partition takes nothing that its objects have by their names', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    await forget(topic)
    await topic.stage(records(from(5, 14)))
    expect(await topic.compact(all)).toMatchObject({ records: 5, quarantined: 0, remaining: 0 })
    expect(await topic.values()).toEqual(valuesOf(from(0, 14)))
  })

  test('continues behind an output that has the entry in its name, as records were missing before', async () => {
    const topic = new StagedTopic()
    const latest = { keepLatest: { tombstones: 'keep' as const } }
    for (const first of [0, 5]) {
      await topic.stage(records(from(first, first + 4)))
      await topic.compact(all, latest)
    }
    await forget(topic)
    await topic.stage(records(from(10, 12)))
    expect(await topic.compact(all, latest)).toMatchObject({ remaining: 0, unfinished: false })
    expect(topic.folder('_commits').filter(key => key.endsWith('plan.json.gz'))).toEqual([
      expect.stringMatching('9999999997.plan.json.gz$'),
    ])
  })
})
