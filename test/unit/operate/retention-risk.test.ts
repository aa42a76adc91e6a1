import type { PartitionPosition } from '../../../lib/operate/positions.ts'
import { failedRisks, outageRisks, unreadRisks } from '../../../lib/operate/retention-risk.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = Date.UTC(2026, 0, 31)

function position(more: Partial<PartitionPosition>): PartitionPosition {
  return { partition: 0, committed: 0, start: 0, end: 100, produced: 10, nextTimestamp: now - HOUR, ...more }
}

const keeping = (settings: Record<string, string>) => ({
  ...{ 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY), 'retention.bytes': '-1' },
  ...settings,
})

test('a topic that keeps records for a day, for ever or compacted survives an outage', () => {
  const tombstones = { 'delete.retention.ms': String(DAY) }
  const enough: Record<string, string>[] = [
    { 'retention.ms': String(DAY) },
    { 'retention.ms': '-1' },
    { 'cleanup.policy': 'compact', 'retention.ms': '1000', ...tombstones },
    { 'delete.retention.ms': '1' },
  ]
  for (const settings of enough) expect(outageRisks(keeping(settings), [position({})])).toEqual([])
  expect(outageRisks(keeping({ 'retention.ms': String(DAY - 1) }), [])).toHaveLength(1)
  expect(
    outageRisks(keeping({ 'cleanup.policy': 'compact,delete', 'retention.ms': '1000', ...tombstones }), []),
  ).toEqual([expect.stringContaining('retention.ms')])
})

test('a limit in bytes is too low where Kafka has deleted records and the others are younger than a day', () => {
  const settings = keeping({ 'retention.bytes': '1000000' })
  const short = position({ start: 50, end: 150, produced: 100 })
  expect(outageRisks(settings, [short])).toEqual([expect.stringContaining('retention.bytes')])
  expect(outageRisks(keeping({}), [short])).toEqual([])
  for (const enough of [
    { ...short, produced: 99 },
    { ...short, start: 0, produced: 150 },
    { ...short, start: 150 },
  ])
    expect(outageRisks(settings, [enough])).toEqual([])
})

test('unread records are in danger from half of the retention on', () => {
  const old = (age: number) => position({ nextTimestamp: now - age })
  const risks = (age: number, more = {}) => unreadRisks(keeping(more), [old(age)], now)
  expect(risks(3.5 * DAY)).toEqual([])
  expect(risks(3.5 * DAY + 1)).toEqual([expect.stringContaining('up to 3 d old in partition 0')])
  expect(risks(300 * DAY, { 'retention.ms': '-1' })).toEqual([])
  expect(risks(300 * DAY, { 'cleanup.policy': 'compact' })).toEqual([])
})

test('more than half of what a limit in bytes keeps is unread', () => {
  const settings = keeping({ 'retention.bytes': '1000000' })
  const behind = (committed: number) => unreadRisks(settings, [position({ start: 100, end: 200, committed })], now)
  expect(behind(150)).toEqual([])
  expect(behind(149)).toEqual([expect.stringContaining('more than half')])
})

test('what was deleted unread is counted over all partitions', () => {
  const partitions = [2, 3].map(partition => position({ partition, committed: 5, start: 10 }))
  expect(unreadRisks(keeping({}), partitions, now)).toEqual([
    expect.stringMatching(/^10 records were deleted .* in 2 partitions/),
  ])
})

test('a group that has not begun, has read everything, or whose partition has no leader is in no danger', () => {
  const old = { nextTimestamp: now - 100 * DAY }
  const partitions = [{ committed: null }, { committed: 100 }, { start: null, end: null }]
  expect(
    unreadRisks(
      keeping({}),
      partitions.map(more => position({ ...old, ...more })),
      now,
    ),
  ).toEqual([])
})

test('failed records are kept for a week, each of them', () => {
  expect(failedRisks(keeping({}))).toEqual([])
  expect(failedRisks(keeping({ 'retention.ms': '-1' }))).toEqual([])
  expect(failedRisks(keeping({ 'retention.ms': String(7 * DAY - 1) }))).toHaveLength(1)
  expect(failedRisks(keeping({ 'cleanup.policy': 'compact,delete' }))).toEqual([expect.stringContaining('same key')])
})
