import type { FunctionMetrics, MetricPoint, MetricQuery } from '../../../lib/cloudwatch/metrics.ts'
import { readHistory } from '../../../lib/health/history.ts'
import type { Subject } from '../../../lib/health/subject.ts'

const MINUTE = 60_000
const now = Date.parse('2026-05-01T12:00:30Z')
const subject: Subject = {
  ...{ connector: 'flow', service: 'lake-dev', type: 'dump', topics: ['orders'], functionName: 'lake-dev-flow' },
  ...{ mostLag: 100_000, rotates: false, companions: [] },
}

/** The start of the minute so many minutes ago. */
const ago = (minutes: number) => Math.floor(now / MINUTE) * MINUTE - minutes * MINUTE

/** Metrics that have these values by name and statistic, and the queries that they got. */
function metricsOf(values: Record<string, [minutesAgo: number, value: number][]>) {
  const asked: MetricQuery[] = []
  const metrics: FunctionMetrics = {
    async read<Name extends string>(queries: Record<Name, MetricQuery>) {
      const answers = Object.entries<MetricQuery>(queries).map(([key, query]): [string, MetricPoint[]] => {
        asked.push(query)
        const points = values[`${query.name} ${query.statistic}`] ?? []
        const found = points.map(([minutes, value]) => ({ time: ago(minutes), value }))
        return [key, found.filter(({ time }) => time >= query.from)]
      })
      return Object.fromEntries(answers) as Record<Name, MetricPoint[]>
    },
  }
  return { metrics, asked }
}

test('each minute has its values, oldest first', async () => {
  const { metrics } = metricsOf({
    'RecordsIn Sum': [
      [4, 40],
      [5, 50],
    ],
    'OffsetLag Maximum': [
      [1, 7],
      [5, 9],
    ],
    'PutDuration p90': [[5, 120]],
    'Objects Sum': [
      [4, 2],
      [5, 3],
    ],
  })
  const history = await readHistory(subject, metrics, 6, now)
  expect(history).toMatchObject({ from: ago(5), periodMs: MINUTE, newestWritten: ago(4) })
  expect(history.lag).toEqual([9, null, null, null, 7, null])
  expect(history.putP90Ms).toEqual([120, null, null, null, null, null])
})

test('a minute without records has none, unless its figure may still come, or nothing was known yet', async () => {
  const { metrics } = metricsOf({
    'RecordsIn Sum': [
      [0, 3],
      [6, 60],
      [7, 70],
    ],
  })
  const { recordsIn, recordsOut } = await readHistory(subject, metrics, 10, now)
  expect(recordsIn).toEqual([null, null, 70, 60, 0, 0, null, null, null, null])
  expect(recordsOut).toEqual([null, null, 0, 0, 0, 0, null, null, null, null])
})

test('a day has values for five minutes each', async () => {
  const { metrics, asked } = metricsOf({})
  const history = await readHistory(subject, metrics, 24 * 60, now)
  expect(history.periodMs).toBe(5 * MINUTE)
  expect(history.recordsIn).toHaveLength(288)
  expect(new Set(asked.map(({ period }) => period))).toEqual(new Set([300]))
})

test('with rotation the newest object is one that compaction has made; a batch that is staged is none', async () => {
  const { metrics } = metricsOf({ 'Objects Sum': [[0, 1]], 'ObjectsCommitted Sum': [[90, 1]] })
  const { newestWritten } = await readHistory({ ...subject, rotates: true }, metrics, 60, now)
  expect(newestWritten).toBe(ago(90))
})

test('of a replication, the time to send is shown, and when records last arrived', async () => {
  const { metrics, asked } = metricsOf({ 'SendDuration p90': [[2, 30]], 'RecordsOut Sum': [[2, 5]] })
  const history = await readHistory({ ...subject, type: 'replicate' }, metrics, 3, now)
  expect(history.putP90Ms).toEqual([30, null, null])
  expect(history.newestWritten).toBe(ago(2))
  expect(asked.find(({ name }) => name === 'OffsetLag')?.dimensions).toEqual({ FunctionName: 'lake-dev-flow' })
})
