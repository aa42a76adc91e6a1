import { checkpointsOf, isNewer } from '../../../../lib/replication/offsets/checkpoint.ts'
import { positionsToSet, withinLog } from '../../../../lib/replication/offsets/consumer-offsets.ts'
import { createGroupFilter, defaultGroups } from '../../../../lib/replication/offsets/consumer-offsets-groups.ts'

const checkpoint = (sourceOffset: number, targetOffset: number) => ({
  group: 'shop',
  topic: 'a.orders',
  partition: 0,
  sourceOffset,
  targetOffset,
  metadata: '',
})
const position = (topic: string, offset: number) => ({ topic, partition: 0, offset, metadata: 'm' })

describe('checkpoints of a group', () => {
  const translation = {
    remoteTopic: (topic: string) => (topic.startsWith('__') ? undefined : 'all'),
    targetOffset: (_: string, __: number, offset: number) => (offset < 10 ? undefined : offset * 2),
    isReplicated: (topic: string) => topic !== 'audit',
  }

  test('leave out what is not replicated and what can’t be translated', () => {
    expect(checkpointsOf('shop', [position('__x', 20), position('orders', 5)], translation)).toEqual([])
  })

  test('are at the earliest position where several topics go to one, so that nothing is left out', () => {
    const [only, ...others] = checkpointsOf('shop', [position('orders', 30), position('payments', 20)], translation)
    expect(only).toMatchObject({ topic: 'all', sourceOffset: 20, targetOffset: 40, metadata: 'm' })
    expect(others).toEqual([])
  })

  // The topic whose position wasn't known was left aside, and its records before the others' position were skipped.
  test('are not there while the position of one of these topics is not known, unless nothing of it is on the target', () => {
    const known = position('payments', 20)
    expect(checkpointsOf('shop', [position('orders', 5), known], translation)).toEqual([])
    expect(checkpointsOf('shop', [known, position('orders', 5)], translation)).toEqual([])
    expect(checkpointsOf('shop', [position('audit', 5), known], translation)).toMatchObject([{ sourceOffset: 20 }])
  })

  test.each([
    ['the first one', checkpoint(5, 5), undefined, true],
    ['one that is further on', checkpoint(6, 6), checkpoint(5, 5), true],
    ['the same again', checkpoint(5, 5), checkpoint(5, 5), false],
    ['one of a group that was reset', checkpoint(3, 3), checkpoint(5, 5), true],
    ['an earlier position for a later offset', checkpoint(6, 4), checkpoint(5, 5), false],
  ])('%s: news or not', (_, one, last, expected) => {
    expect(isNewer(one, last)).toBe(expected)
  })
})

test.each([
  ['ahead of what is committed', 8, 5, [8]],
  ['where nothing is committed', 8, undefined, [8]],
  ['behind what is committed: never backwards', 8, 9, []],
  ['as committed', 8, 8, []],
])('a position on the target %s', (_, translated, committed, expected) => {
  const present = committed === undefined ? [] : [position('a.orders', committed)]
  const set = positionsToSet([checkpoint(8, translated)], present)
  expect(set.map(({ offset }) => offset)).toEqual(expected)
})

// KAFKA-12468: a group at 5 got 5 although the target's log began at 12. A consumer with `latest` then missed what was there.
test.each([
  ['within the log', 15, 15],
  ['from before what retention has deleted: the first record that is there', 5, 12],
  ['past the end: never past what is there', 25, 20],
])('a position %s', (_, translated, expected) => {
  expect(withinLog(translated, { start: 12, end: 20 })).toBe(expected)
})

test('groups are chosen by whole names, without those of tools; a pattern that matches none is told once', () => {
  const warnings: unknown[] = []
  const logger = { info() {}, error() {}, warn: (...line: unknown[]) => void warnings.push(line) }
  const groups = ['shop', 'shop-2', 'connect-x', 'console-consumer-7', '__internal']
  expect(createGroupFilter(defaultGroups, logger as never)(groups)).toEqual(['shop', 'shop-2'])
  expect(warnings).toEqual([])
  const filter = createGroupFilter({ include: ['shop', 'bank-.*'], exclude: [] }, logger as never)
  expect([filter(groups), filter(groups)]).toEqual([['shop'], ['shop']])
  expect(warnings).toEqual([['GROUPS: a pattern does not match any group of the source yet', { pattern: 'bank-.*' }]])
})
