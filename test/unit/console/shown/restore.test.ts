import { shownRestore } from '../../../../lib/console/shown/restore.ts'

type Report = Parameters<typeof shownRestore>[0]

const MEGABYTE = 1_000_000
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

function placeOf(partition: number): Report['topics'][number]['places'][number] {
  return {
    ...{ topic: 'orders', partition, records: 10, bytes: 100, present: 1, produced: 9, firstOffset: 0, lastOffset: 9 },
    ...{ missing: [], missingOffsets: 0, duplicates: 0, conflicts: 0, corrupt: [] },
    ...{ digestRead: 'a'.repeat(64), digestProduced: 'a'.repeat(64) },
  }
}

function reportOf(more: Partial<Report>): Report {
  return {
    ...{ schema: 1, id: 'june', outcome: 'restored', started: 0, ended: 1_000, sources: ['s3://lake'], losses: [] },
    ...{ topics: [], groups: [], problems: [] },
    ...more,
  }
}

test('a report of very many partitions, offsets and groups is summed whole, and shown in part', () => {
  const missing = many(1_000, index => [index * 2, 1] as [number, number])
  const topics = many(120, topic => ({
    ...{ topic: `orders-${topic}`, target: `orders-${topic}`, targetState: 'created' as const, partitions: 500 },
    settings: { 'retention.ms': '1' },
    places: many(100, partition => ({
      ...placeOf(partition),
      ...(partition === 40 && { missing, missingOffsets: 1_000 }),
    })),
  }))
  const positions = many(500, partition => ({ topic: 'orders', partition, before: 1, offset: 2 }))
  const groups = many(1_000, index => ({ group: `billing-${index}`, outcome: 'set' as const, positions }))
  const shown = shownRestore(reportOf({ topics, groups }))
  expect(shown.sum).toMatchObject({ places: 12_000, records: 120_000, produced: 108_000, missing: 120_000 })
  expect(shown).toMatchObject({ moreTopics: 20, moreMissing: 100, moreGroups: 900 })
  // What deserves a look comes first.
  expect(shown.topics[0]?.places[0]).toMatchObject({ partition: 40, missingOffsets: 1_000 })
  expect(shown.topics[0]).toMatchObject({ morePlaces: 80, sum: { records: 1_000 } })
  expect(shown.groups[0]).toMatchObject({ words: 'set', morePositions: 480 })
  expect(JSON.stringify(shown).length).toBeLessThan(MEGABYTE)
})

test('a plan that would be refused says for what', () => {
  const problems = [
    { code: 'RESTORE_TARGET_NOT_EMPTY', message: 'It has records.', topic: 'orders' },
    { code: 'RESTORE_TARGET_NOT_EMPTY', message: 'It has records.', topic: 'clicks' },
    { code: 'RESTORE_GROUPS_UNRECORDED', message: 'No groups.' },
  ]
  const shown = shownRestore(reportOf({ outcome: 'planned', problems }))
  expect(shown.refusals).toEqual(['RESTORE_TARGET_NOT_EMPTY'])
  expect(shown.problems[0]).toBe('orders: It has records. (RESTORE_TARGET_NOT_EMPTY)')
  expect(shownRestore(reportOf({ problems })).refusals).toEqual([])
})
