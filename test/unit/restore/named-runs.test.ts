import { noFindings } from '../../../lib/dumped/dumped-records.ts'
import { MissingOffsets } from '../../../lib/dumped/missing-offsets.ts'
import { NamedRuns } from '../../../lib/restore/named-runs.ts'
import { createPlaceTally } from '../../../lib/restore/place-tally.ts'

/** What is read of a topic-partition that has a marker behind each of its transactions. */
function transactions(partition: number, count: number) {
  const findings = noFindings()
  const missing = new MissingOffsets({ passedOver: [], damaged: [] }, findings)
  for (let index = 0; index < count; index++)
    missing.add([{ topic: 'orders', partition, offset: index * 2, timestamp: 0, key: null, value: null, headers: [] }])
  missing.end()
  return createPlaceTally({ topic: 'orders', partition }).result(findings)
}

test('a report of many partitions names ten thousand runs of missing offsets at most, and counts all', () => {
  const runs = new NamedRuns()
  const places = Array.from({ length: 30 }, (_, partition) => runs.of(transactions(partition, 2_001)))
  expect(places.reduce((sum, { missing }) => sum + missing.length, 0)).toBe(10_000)
  expect(places.map(({ missingOffsets }) => missingOffsets)).toEqual(places.map(() => 2_000))
  expect(places[0]?.missing.slice(0, 2)).toEqual([
    [1, 1],
    [3, 1],
  ])
  expect(places.at(-1)?.missing).toEqual([])
})
