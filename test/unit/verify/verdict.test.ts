import { isNothingCompared, verdictOf } from '../../../lib/connectors/commands/verify-text.ts'
import type { PartitionComparison } from '../../../lib/verify/partition-comparison.ts'
import { reportOf } from '../../../lib/verify/report.ts'
import { Tally } from '../../../lib/verify/tally.ts'

const compared = { fields: [], addedHeaders: false }

function verdict(count: Partial<PartitionComparison>): { text: string; isNothing: boolean } {
  const partition = { ...new Tally({ topic: 'orders', partition: 0 }, compared).result({}), ...count }
  const report = reportOf({ first: 'dump', second: 'topic', notCompared: [] }, compared, [partition])
  return { text: verdictOf(report), isNothing: isNothingCompared(report) }
}

/** Whoever deletes a topic because its dump is intact must not hear so of a dump that was compared with nothing. */
test('a dump whose topic is gone is not told to be the same', () => {
  expect(verdict({ gone: 100 })).toEqual({
    text: expect.stringContaining('No record could be compared'),
    isNothing: true,
  })
  expect(verdict({ gone: 100, equal: 1 })).toEqual({ text: expect.stringContaining('are the same'), isNothing: false })
  expect(verdict({})).toMatchObject({ isNothing: false })
})
