import type { FunctionMetrics, MetricPoint, MetricQuery } from '../../../../lib/cloudwatch/metrics.ts'
import type { ConsoleContext } from '../../../../lib/console/context.ts'
import { cost } from '../../../../lib/console/questions/cost.ts'
import { dump, read, replicate, SERVICE } from '../../../support/connectors.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Values by the name of a metric: each with how long ago it was, in milliseconds. */
type Values = Record<string, [ago: number, value: number][]>

/** The answer for a connector whose metrics have these values, whatever they are of. */
async function costOf(declared: object, values: Values, isLocal = false) {
  const pointsOf = ({ name, from }: MetricQuery): MetricPoint[] =>
    (values[name] ?? []).map(([ago, value]) => ({ time: Date.now() - ago, value })).filter(({ time }) => time >= from)
  const metrics = {
    async read(queries: Record<string, MetricQuery>) {
      return Object.fromEntries(Object.entries(queries).map(([key, query]) => [key, pointsOf(query)]))
    },
  } as FunctionMetrics
  const service = { connectors: read({ flow: declared }), deployment: { service: SERVICE, metrics, isLocal } }
  return await cost.answer({ service } as unknown as ConsoleContext, { name: 'flow' }, new AbortController().signal)
}

const partsOf = ({ parts }: Awaited<ReturnType<typeof costOf>>) =>
  Object.fromEntries(parts.map(({ what, reckoning }) => [what, reckoning]))

test('a dump costs its invocations, its objects, and what is watched', async () => {
  const answer = await costOf(dump({ memorySize: 512 }), {
    // Each value is counted for both of its functions, `dump` and `check`.
    Invocations: [
      [30 * HOUR, 1],
      [DAY - 60_000, 6_000],
    ],
    Duration: [[HOUR, 3_600_000]],
    Objects: [[HOUR, 24_000]],
    BytesOut: [[HOUR, 24 * 2 ** 30]],
    IncomingBytes: [[HOUR, 2 ** 30]],
  })
  expect(answer).toMatchObject({ isKnown: true, spanMs: DAY })
  expect(partsOf(answer)).toEqual({
    'Lambda, invocations': '365,000 invocations',
    'Lambda, time': '109,500 GB-seconds',
    'S3, requests': '730,000 PUT and LIST, 0 GET',
    'S3, storage': '730 GB that a month adds, for each month that it is kept',
    'CloudWatch, logs': '60.8 GB',
    'CloudWatch, metrics': '2 metrics',
    'CloudWatch, alarms': '4 alarms',
  })
  expect(answer.dollars).toBeCloseTo(answer.parts.reduce((sum, { dollars }) => sum + dollars, 0))
})

test('with rotation, compaction’s requests cost too, and what it makes is stored', async () => {
  const to = { bucket: 'lake', rotate: { flushSize: 60 }, createBucket: true, retentionDays: 30 }
  const answer = await costOf(dump({ to }), {
    ...{
      Invocations: [
        [30 * HOUR, 1],
        [HOUR, 1],
      ],
      Objects: [[HOUR, 1_440]],
      ObjectsCommitted: [[HOUR, 24]],
    },
    ...{ BytesOut: [[HOUR, 2 ** 40]], BytesCommitted: [[HOUR, 2 ** 30]] },
  })
  // In a day 1,440 batches and three for each of 24 objects; a listing each minute, and four for each object.
  expect(partsOf(answer)).toMatchObject({
    'S3, requests': `${((1_440 + 72 + 1_440 + 96) * 30.4166).toLocaleString('en', { maximumSignificantDigits: 4 })} PUT and LIST, 47,450 GET`,
    'S3, storage': '30 GB that are kept for 30 days',
  })
})

test('a connector that is new is reckoned from the time since it runs', async () => {
  const answer = await costOf(
    dump(),
    {
      Invocations: [
        [HOUR / 2, 10],
        [HOUR / 4, 10],
      ],
    },
    true,
  )
  expect(answer.spanMs).toBeGreaterThan(HOUR / 2 - 60_000)
  expect(answer.spanMs).toBeLessThan(HOUR)
  expect(answer.notes).toEqual(expect.arrayContaining([expect.stringContaining('On this machine it costs nothing')]))
  expect(answer.notes).toEqual(expect.arrayContaining([expect.stringContaining('not run for long')]))
})

test('it says what it can’t reckon', async () => {
  await expect(costOf(dump(), {})).resolves.toMatchObject({ isKnown: false })
  const { notes, parts } = await costOf(replicate(), {
    Invocations: [
      [30 * HOUR, 1],
      [HOUR, 1],
    ],
    BytesOut: [[HOUR, 2 ** 30]],
  })
  expect(parts.map(({ what }) => what)).not.toContain('S3, storage')
  expect(notes.join(' ')).toContain('30.4 GB a month go to the target')
  expect(notes.join(' ')).toContain('$0.61 more')
  expect(notes.join(' ')).toContain('How long its functions ran is not known')
  const elsewhere = await costOf(dump({ to: { bucket: 'lake', endpoint: 'https://store' } }), { Objects: [[HOUR, 1]] })
  expect(partsOf(elsewhere)).not.toHaveProperty('S3, requests')
  expect(elsewhere.notes.join(' ')).toContain('The store is not Amazon S3')
})
