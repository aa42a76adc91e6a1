import fc from 'fast-check'
import { metricData } from '../../../../lib/offline/api/metric-operations.ts'
import { MetricValues } from '../../../../lib/offline/api/metric-values.ts'

const minute = Date.parse('2026-05-01T12:00:00Z')
const metric = { namespace: 'kafka-functions', name: 'PutDuration', dimensions: { connector: 'orders' } }

/** A statistic of values that were all reported within some minutes, over a period of five. */
function statisticOf(values: number[], Stat: string): number | undefined {
  const kept = new MetricValues()
  for (const [index, value] of values.entries()) kept.add(metric, value, minute + (index % 5) * 60_000)
  const Metric = {
    ...{ Namespace: metric.namespace, MetricName: metric.name },
    Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
  }
  const query = {
    StartTime: minute / 1_000,
    MetricDataQueries: [{ Id: 'm0', MetricStat: { Metric, Period: 300, Stat } }],
  }
  return metricData(kept, query).MetricDataResults[0]?.Values[0]
}

test('a percentile is the value that so many are not above, to two hundredths', () => {
  const percents = fc.constantFrom(50, 90, 99, 99.9)
  const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(values, percents, (values, percent) => {
      const sorted = values.toSorted((one, other) => one - other)
      const exact = sorted[Math.max(Math.ceil((values.length * percent) / 100), 1) - 1] ?? Number.NaN
      const found = statisticOf(values, `p${percent}`) ?? Number.NaN
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.02)
    }),
  )
})

test('one slow write of ten does not show in the p90, and two do', () => {
  const fast = Array.from({ length: 9 }, () => 20)
  expect(statisticOf([...fast, 5_000], 'p90')).toBeCloseTo(20, 0)
  expect(statisticOf([...fast.slice(1), 5_000, 5_000], 'p90')).toBeGreaterThan(4_900)
})

test('other statistics are those of all values of the period', () => {
  expect(statisticOf([1, 2, 3, 10], 'Sum')).toBe(16)
  expect(statisticOf([1, 2, 3, 10], 'Maximum')).toBe(10)
  expect(statisticOf([1, 2, 3, 10], 'Average')).toBe(4)
})

test('invocations are counted with their errors and how long they ran, as Lambda does', () => {
  const kept = new MetricValues()
  kept.countInvocation('flow', false, 120)
  kept.countInvocation('flow', true, 80)
  const now = Date.now()
  const sumOf = (name: string) =>
    kept
      .within({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'flow' } }, now - 120_000, now + 60_000)
      .reduce((all, { sum }) => all + sum, 0)
  expect(['Invocations', 'Errors', 'Duration'].map(sumOf)).toEqual([2, 1, 200])
})
