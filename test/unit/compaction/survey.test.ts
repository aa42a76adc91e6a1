import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import { StagedIndexes } from '../../../lib/compaction/staged-indexes.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { parseTemplate, type Template } from '../../../lib/objects/template.ts'
import { stagedObject } from '../../../lib/staging/stage.ts'
import { MemoryStore } from '../../support/memory-store.ts'
import { form, from, PREFIX, records, START, StagedTopic } from '../../support/staged-topic.ts'

const READ_MS = 5000
const RUN_MS = 300_000

// A group that is set back delivers everything again, in batches of other bounds. Each is read to be compared, which takes many
// runs: what one of them has found out must not be found out by the next one again.
test('batches with other bounds are put away over several runs', async () => {
  const topic = new StagedTopic()
  await topic.stage(records(from(0, 999)))
  await topic.compact({ flushSize: 1 })
  for (let first = 0; first < 1000; first += 5) await topic.stage(records(from(first, first + 3)))
  const store = topic.store.client((call, key) => {
    if (call === 'get' && key.includes('/_staging/')) topic.now += READ_MS
  })
  let left = 200
  for (let run = 0; left > 0; run++) {
    expect(run).toBeLessThan(5)
    const time = { deadline: topic.now + RUN_MS, end: topic.now + RUN_MS + 60_000 }
    const { deleted, unfinished } = await topic.compact({ flushSize: 1 }, { store }, time)
    expect(deleted).toBeGreaterThan(Math.min(left, 50) - 1)
    left -= deleted
    expect(unfinished).toBe(left > 0)
  }
  expect(await topic.values()).toHaveLength(1000)
})

// Nothing closes, and everything has to be looked at anew by the next run: then the time is never enough.
test('objects of which only some can be looked at in a run are made into objects', async () => {
  const topic = new StagedTopic()
  for (let first = 0; first < 600; first += 2) await topic.stage(records([first, first + 1_000_000]))
  const store = topic.store.client(call => {
    if (call === 'slice') topic.now += READ_MS
  })
  const time = { deadline: topic.now + RUN_MS, end: topic.now + 100 * RUN_MS }
  const limits = { flushSize: 1_000_000, maxOpenMs: 100 * RUN_MS }
  expect(await topic.compact(limits, { store }, time)).toMatchObject({ unfinished: true })
  expect(topic.folder('_commits')).toHaveLength(1)
  expect((await topic.compact(limits, {}, {})).records).toBeGreaterThan(0)
})

/** Each second offset, as a topic of transactions with one record each has them. */
const sparse = (first: number, count: number) => from(0, count - 1).map(index => first + 2 * index)

// Each run of offsets takes as much memory as a frame. Counted by frames alone, a function ran out of memory in each run.
test('runs of offsets count as what a run can hold in memory', async () => {
  const topic = new StagedTopic()
  const each = 10_000
  for (const index of from(0, 20)) await topic.stage(records(sparse(index * 2 * each, each)))
  const report = await topic.compact({ flushSize: 100 * each })
  expect(report.outputs.map(({ reason }) => reason)).toEqual(['all'])
  expect(report.remaining).toBeLessThan(21)
})

test('a plan has one run for an object whose records alternate between paths', async () => {
  const topic = new StagedTopic({ partitioner: { name: 'field', field: 'key', fallback: '_other' } })
  await topic.stage(records(from(0, 299)))
  const forever = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
  const unit = { topic: 'orders', partition: 0 }
  const { planned } = await compactUnit(unit, topic.compaction({ flushSize: 1 }), forever, { isDry: true })
  expect(planned?.outputs).toHaveLength(3)
  expect(planned?.inputs.map(({ offsets }) => offsets)).toEqual([[[0, 300]]])
})

test('indexes with many runs of offsets are not kept', async () => {
  const { key, name, body } = await stagedObject(
    PREFIX,
    createObjectKeys({
      ...{ prefix: PREFIX, template: parseTemplate('{topic}+{partition}+{offsets}') as Template, padWidth: 10 },
      partitioner: { name: 'default' },
    }).divide(records(sparse(0, 60_000))),
    form,
  )
  const store = new MemoryStore(() => START)
  await store.put({ key, body, contentType: '', metadata: {} })
  const indexes = new StagedIndexes(store)
  const object = { key, name, size: body.length }
  await indexes.read(object)
  expect(indexes.known(key)).toBeDefined()
  const other = { ...object, key: `${key} too` }
  await store.put({ key: other.key, body, contentType: '', metadata: {} })
  await indexes.read(other)
  expect([indexes.known(key), indexes.known(other.key)]).toEqual([undefined, expect.anything()])
})
