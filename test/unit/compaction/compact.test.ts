import { compact } from '../../../lib/compaction/compact.ts'
import { CodedError } from '../../../lib/error.ts'
import { from, records, START, StagedTopic } from '../../support/staged-topic.ts'

const forever = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
const minute = 60_000

test('units are compacted of which something may be due, by one listing of what is staged', async () => {
  const topic = new StagedTopic()
  await topic.stage(records(from(0, 9), 0))
  await topic.stage(records(from(0, 3), 1))
  const { reports, left, failed, staged } = await compact(topic.compaction({ flushSize: 10 }), { time: forever })
  expect(reports.map(({ unit }) => unit.partition)).toEqual([0])
  expect({ left, failed }).toEqual({ left: [], failed: [] })
  expect(staged).toMatchObject({ objects: 2, oldest: START })
  expect(topic.visible).toHaveLength(1)
})

test('the oldest are compacted first, and what the time doesn’t allow is left for another invocation', async () => {
  const topic = new StagedTopic()
  for (const partition of [3, 1, 2, 0, 4, 5]) {
    await topic.stage(records(from(0, 9), partition))
    topic.now += minute
  }
  const begin = topic.now
  const store = topic.store.client(call => {
    if (call === 'close') topic.now += minute
  })
  const time = { deadline: begin + minute, end: begin + 60 * minute }
  const { reports, left } = await compact(topic.compaction({ flushSize: 1 }, { store }), { time })
  const begun = reports.map(({ unit }) => unit.partition)
  expect(begun.toSorted()).toEqual([0, 1, 2, 3])
  expect(topic.visible.length).toBeGreaterThan(0)
  expect(topic.visible.length).toBeLessThan(6)
  expect(left.map(({ partition }) => partition)).toEqual(expect.arrayContaining([4, 5]))
  const again = await compact(topic.compaction({ flushSize: 1 }), { time: forever, units: left })
  expect(again.left).toEqual([])
  expect(topic.visible).toHaveLength(6)
  expect(topic.folder('_staging')).toEqual([])
})

test('a unit that fails doesn’t stop the others', async () => {
  const topic = new StagedTopic()
  for (const partition of [0, 1]) await topic.stage(records(from(0, 9), partition))
  const store = topic.store.client((call, key) => {
    if (call === 'create' && key.includes('_commits/orders/0/')) throw new CodedError('STORE_REJECTED', 'no')
  })
  const { reports, failed } = await compact(topic.compaction({ flushSize: 1 }, { store }), { time: forever })
  expect(failed).toMatchObject([{ unit: { partition: 0 }, error: { code: 'STORE_REJECTED' } }])
  expect(reports).toMatchObject([{ unit: { partition: 1 }, records: 10 }])
})

test('a plan that a killed worker left is carried out when its records are due again', async () => {
  const topic = new StagedTopic()
  await topic.stage(records(from(0, 9)))
  const store = topic.store.client(call => {
    if (call === 'close') throw new CodedError('STORE_REJECTED', 'killed')
  })
  await compact(topic.compaction({ flushSize: 10 }, { store }), { time: forever })
  expect(topic.visible).toEqual([])
  await compact(topic.compaction({ flushSize: 10 }), { time: forever })
  expect(topic.visible).toHaveLength(1)
})

test('when rotation is taken away, everything is compacted, by the log that the topic has', async () => {
  const topic = new StagedTopic()
  for (const partition of [0, 1]) await topic.stage(records(from(0, 9), partition))
  await compact(topic.compaction({ flushSize: 20, across: 'topic' }), { time: forever })
  for (const partition of [0, 1]) await topic.stage(records(from(10, 14), partition))
  const { reports } = await compact(topic.compaction(), { time: forever })
  expect(reports.map(({ unit }) => unit)).toEqual([{ topic: 'orders', partition: 'all' }])
  expect(topic.folder('_staging')).toEqual([])
  expect(topic.visible).toHaveLength(2)
})

test('progress tells of the units, and of each that is done', async () => {
  const topic = new StagedTopic()
  for (const partition of [0, 1]) await topic.stage(records(from(0, 9), partition))
  const seen: [number, number][] = []
  await compact(topic.compaction({ flushSize: 1 }), {
    time: forever,
    onProgress: ({ units, done }) => void seen.push([units, done]),
  })
  expect(seen).toEqual([
    [2, 0],
    [2, 1],
    [2, 2],
  ])
})

test('a dry run says what would be made', async () => {
  const topic = new StagedTopic()
  for (const partition of [0, 1]) await topic.stage(records(from(0, 9), partition))
  const before = topic.store.keys()
  const { reports } = await compact(topic.compaction({ flushSize: 100 }), { time: forever, all: true, dryRun: true })
  expect(reports).toHaveLength(2)
  expect(reports.every(({ planned }) => planned === undefined)).toBe(true)
  const due = await compact(topic.compaction({ flushSize: 5 }), { time: forever, dryRun: true })
  expect(due.reports.map(({ planned }) => planned?.outputs.length)).toEqual([1, 1])
  expect(topic.store.keys()).toEqual(before)
})
