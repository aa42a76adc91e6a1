import type { EventSourceMapping } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import { type Load, pollerLimits, pollersFor } from '../../../../lib/offline/poller/scaling.ts'

const limits = pollerLimits({} as EventSourceMapping)
const load: Load = { pollers: 2, partitions: 4, lag: 900, lagBefore: 800, batchSize: 100, isSlow: false }

test.each<[string, Partial<Load>, number]>([
  ['one more when the lag grows', {}, 3],
  ['one more when it stays', { lagBefore: 900 }, 3],
  ['as many when it shrinks', { lagBefore: 901 }, 2],
  ['as many when the pollers take all of it at once', { lag: 200, lagBefore: 100 }, 2],
  ['as many while the function fails or is stopped at a breakpoint', { isSlow: true }, 2],
  ['as many at first', { lagBefore: undefined }, 2],
  ['as many when nobody knows the lag', { lag: undefined }, 2],
  ['never more than partitions', { pollers: 4 }, 4],
  ['fewer when there are fewer partitions', { partitions: 1 }, 1],
  ['one less when nothing waits, twice', { lag: 0, lagBefore: 0 }, 1],
  ['as many when something waited before', { lag: 0, lagBefore: 1 }, 2],
  ['never none', { pollers: 1, lag: 0, lagBefore: 0 }, 1],
  ['one while the topic is away', { partitions: 0 }, 1],
])('on demand: %s', (_, change, expected) => {
  expect(pollersFor(limits, { ...load, ...change })).toBe(expected)
})

test('provisioned pollers begin at their minimum, and keep it when nothing waits', () => {
  const provisioned = pollerLimits({ provisionedPollers: { minimum: 3, maximum: 4 } } as EventSourceMapping)
  const first = { ...load, pollers: 1, lag: undefined, lagBefore: undefined }
  expect(pollersFor(provisioned, first)).toBe(3)
  expect(pollersFor(provisioned, { ...first, partitions: 2 })).toBe(2)
  expect(pollersFor(provisioned, { ...load, pollers: 3, lag: 0, lagBefore: 0 })).toBe(3)
  expect(pollersFor(provisioned, { ...load, pollers: 4, partitions: 100 })).toBe(4)
})

test('a laptop runs ten pollers at most', () => {
  const many = pollerLimits({ provisionedPollers: { minimum: 50, maximum: 200 } } as EventSourceMapping)
  expect(pollersFor(many, { ...load, pollers: 1, partitions: 100 })).toBe(10)
})
