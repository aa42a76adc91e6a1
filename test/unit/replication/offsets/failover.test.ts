import { failoverStart, type GroupPlace } from '../../../../lib/replication/offsets/failover.ts'

const log = { start: 100, end: 200 }

test.each<[string, GroupPlace, { next: number | null; again: number | null }]>([
  [
    'has its own position there: what it read since on the source comes again',
    { onTarget: 150, checkpoint: 160, translated: 170, log },
    { next: 150, again: 20 },
  ],
  ['begins at its checkpoint when it has none', { checkpoint: 160, translated: 170, log }, { next: 160, again: 10 }],
  [
    'was set back on the source: what lies between would be passed over',
    { onTarget: 150, translated: 120, log },
    { next: 150, again: -30 },
  ],
  [
    'has read more than the target has: only what is there comes again',
    { onTarget: 190, translated: 250, log },
    { next: 190, again: 10 },
  ],
  ['is nowhere: its consumers decide', { translated: 170, log }, { next: null, again: null }],
  [
    'has a position whose records are gone: its consumers decide',
    { onTarget: 50, translated: 170, log },
    { next: null, again: null },
  ],
  ['has a position that nobody can translate', { onTarget: 150, log }, { next: 150, again: null }],
])('a group %s', (_, place, expected) => {
  expect(failoverStart(place)).toEqual(expected)
})
