import { stripVTControlCharacters } from 'node:util'
import type * as z from 'zod'
import type { MetricQuery } from '../../../../lib/cloudwatch/metrics.ts'
import { type CostOptions, cost } from '../../../../lib/connectors/commands/cost.ts'
import type { Deployment } from '../../../../lib/connectors/commands/deployment.ts'
import { documents } from '../../../../lib/connectors/commands/documents/index.ts'
import type { DeployedMapping } from '../../../../lib/lambda/event-source-mappings.ts'
import type { Positions } from '../../../../lib/operate/positions.ts'
import { commandContext, dump, read, replicate, SERVICE } from '../../../support/connectors.ts'

const position = { committed: 0, start: 0, end: 9, produced: 0, nextTimestamp: null }
const orders = { orders: [0, 1, 2].map(partition => ({ partition, ...position })) }

interface Circumstances {
  declared?: Record<string, object>
  /** What the connector received in each of the last minutes. */
  minute?: { RecordsIn: number; BytesIn: number }
  positions?: () => Positions
  /** The topics for which there are mappings; undefined when the connector is not deployed. */
  mapped?: string[]
  region?: string
  isLocal?: boolean
}

/** What the command answers, in the documented form. */
async function answerOf(
  options: CostOptions,
  {
    declared = { flow: dump() },
    minute,
    positions = () => orders,
    mapped,
    region = 'us-east-1',
    isLocal = false,
  }: Circumstances = {},
) {
  const asked: Partial<Deployment> = {
    service: SERVICE,
    isLocal,
    config: { region },
    ask: async () => positions() as never,
    mappingsOf: async () => mapped?.map(topic => ({ topic, state: 'Enabled' }) as DeployedMapping),
    metrics: {
      async read(queries) {
        const read = Object.entries<MetricQuery>(queries).map(([key, { name, dimensions }]) => {
          expect(dimensions).toEqual({ service: SERVICE, connector: 'flow' })
          const value = minute?.[name as keyof typeof minute] ?? 0
          const points = [1, 2, 3, 4, 5].map(ago => ({ time: Date.now() - ago * 59_000, value }))
          // Older than the five minutes that count.
          return [key, minute ? [...points, { time: Date.now() - 400_000, value: 1e9 }] : []]
        })
        return Object.fromEntries(read)
      },
    },
  }
  const context = { ...commandContext(read(declared), undefined, () => {}), deployment: asked as Deployment }
  const answer = await cost(context, options)
  if (!answer) throw new Error('there is no answer')
  const document: z.infer<typeof documents.cost> = documents.cost.parse(JSON.parse(JSON.stringify(answer.document)))
  return { document, text: stripVTControlCharacters(answer.text()) }
}

test('a rate alone needs no deployment, and is that of a dump with its defaults', async () => {
  const { document, text } = await answerOf({ 'mb-per-second': '20' })
  expect(document).toMatchObject({
    ...{ connector: null, region: 'us-east-1', cheapest: 'on demand' },
    load: { mbPerSecond: 20, recordBytes: 400, partitions: 20, batchSize: 10_000, windowSeconds: 60 },
    ways: [
      { way: 'on demand' },
      { way: 'provisioned', pollerUnits: 1 },
      { way: 'Data Firehose' },
      { way: 'MSK Connect', connectUnits: 2 },
    ],
  })
  expect(document.usage.tb).toBeCloseTo(52.56)
  expect(document.load).toMatchObject({ kind: 'dump', format: 'json', compression: 'gzip' })
  expect(text).toContain('a dump, json with gzip compression, in us-east-1: 20 MB/s, records of 400 B, 20 partitions\n')
  expect(text).toContain('Cheapest: on demand.')
})

test('the parts add up to what it costs on demand', async () => {
  const { document } = await answerOf({ 'mb-per-second': '20' })
  const { invocations, compute, requests } = document.parts
  expect(document.ways[0]?.dollarsPerMonth).toBeCloseTo(invocations + compute + requests)
})

test('a connector’s rate is that of the last five minutes, and its partitions are those that it reads', async () => {
  const minute = { RecordsIn: 600_000, BytesIn: 300_000_000 }
  const { document, text } = await answerOf({ name: 'flow' }, { minute })
  expect(document).toMatchObject({
    connector: 'flow',
    load: { isMeasured: true, mbPerSecond: 5, recordBytes: 500, partitions: 3 },
  })
  expect(text).toContain('flow, json with gzip compression, in us-east-1: 5 MB/s, as measured in the last five minutes')
})

test('a connector’s batches, memory and rotation are the declared ones', async () => {
  const declared = { flow: dump({ to: { rotate: {} }, memorySize: 512, batch: { size: 500, windowSeconds: 5 } }) }
  const { document, text } = await answerOf({ name: 'flow', 'mb-per-second': '1' }, { declared })
  expect(document.load).toMatchObject({
    ...{ isMeasured: false, batchSize: 500, windowSeconds: 5, memoryMb: 512, rotates: true },
  })
  expect(document.usage.objects).toBe(3 * 730)
  expect(document.usage.compaction.gets).toBe(document.usage.gets)
  expect(text).toMatch(/of them compaction +[\d,.]+( million)? PUT and LIST/)
  expect(text).toContain('Objects are reckoned to close each hour')
})

test('a connector costs what its format and compression take', async () => {
  const told = async (to: Record<string, unknown>) =>
    answerOf({ name: 'flow', 'mb-per-second': '1' }, { declared: { flow: dump({ to }) } })
  const gzip = await told({ format: 'json' })
  const zstd = await told({ format: 'json', compression: 'zstd', compressionLevel: 9 })
  expect(gzip.document.load).toMatchObject({ format: 'json', compression: 'gzip' })
  expect(zstd.document.usage.gbSeconds).toBeLessThan(gzip.document.usage.gbSeconds)
  expect(zstd.document.notes).toContain('Compression is reckoned at its usual level, not at 9.')
  expect(gzip.text).toContain('reckoned from docs/speed.md')
  const { document, text } = await told({ format: 'parquet' })
  expect(document.load).toMatchObject({ format: 'parquet', compression: 'zstd' })
  expect(text).toContain('the ratio of parquet with zstd to it in docs/benchmarks.md')
})

test('a format that only the deployment knows is assumed to be the default, and a note says so', async () => {
  const declared = { flow: dump({ to: { format: { Ref: 'Format' }, compression: { Ref: 'Compression' } } }) }
  const { document } = await answerOf({ name: 'flow', 'mb-per-second': '1' }, { declared })
  expect(document.load).toMatchObject({ format: 'json', compression: 'gzip' })
  expect(document.notes.filter(note => note.includes('known only when it is deployed'))).toHaveLength(2)
})

test('where nothing tells the partitions, their number is assumed, and a note says why', async () => {
  const positions = () => {
    throw new Error('no answer')
  }
  const { document } = await answerOf({ name: 'flow', 'mb-per-second': '1' }, { positions })
  expect(document.load.partitions).toBe(12)
  expect(document.notes).toContain('12 partitions are assumed: no answer.')
})

test('of a connector on this machine, a note says that it costs nothing', async () => {
  const told = async (options: CostOptions) => (await answerOf(options, { isLocal: true })).text
  expect(await told({ name: 'flow', 'mb-per-second': '1' })).toContain('On this machine it costs nothing')
  expect(await told({ 'mb-per-second': '1' })).not.toContain('On this machine')
})

test('a replication has no objects, and Firehose can’t do it', async () => {
  const { document, text } = await answerOf({ name: 'flow', 'mb-per-second': '1' }, { declared: { flow: replicate() } })
  expect(document.ways.map(({ way }) => way)).toEqual(['on demand', 'provisioned'])
  expect(document.usage).toMatchObject({ objects: 0, puts: 0 })
  expect(text).not.toContain('Store, storage')
})

/** Units of provisioned pollers, and the notes, for a connector of a service. */
async function unitsOf(declared: Record<string, object>, options: CostOptions = {}, circumstances: Circumstances = {}) {
  const asked = { name: 'flow', 'mb-per-second': '1', ...options }
  const { document } = await answerOf(asked, { declared, ...circumstances })
  return { units: document.ways.find(({ way }) => way === 'provisioned')?.pollerUnits, notes: document.notes }
}

test('each topic’s mapping has a poller unit of its own, unless they are grouped', async () => {
  const source = { topics: ['orders', 'payments', 'refunds'] }
  expect(await unitsOf({ flow: dump({ source }) })).toMatchObject({ units: 3 })
  expect(await unitsOf({ flow: dump({ source, concurrency: { pollerGroup: 'lake' } }) })).toMatchObject({ units: 1 })
})

test('a pattern has a poller unit for each topic that has a mapping', async () => {
  const flow = dump({ source: { topics: undefined, pattern: 'shop\\..*' } })
  expect(await unitsOf({ flow }, {}, { mapped: ['shop.a', 'shop.b', 'shop.c'] })).toMatchObject({ units: 3 })
  expect(await unitsOf({ flow }, { topics: '5' })).toMatchObject({ units: 5 })
  const { units, notes } = await unitsOf({ flow })
  expect(units).toBe(1)
  expect(notes).toContain(
    'Provisioned mode is reckoned with one topic of its pattern, and has a mapping for each: it is not deployed. Give --topics.',
  )
})

test('a poller group’s units are reckoned once for all connectors that are in it', async () => {
  const concurrency = { pollerGroup: 'lake', minimumPollers: 6 }
  const other = dump({ source: { topics: ['payments'] }, to: { prefix: 'other' }, concurrency })
  const apart = dump({ source: { topics: ['refunds'] }, to: { prefix: 'apart' }, concurrency: { minimumPollers: 6 } })
  const alone = await unitsOf({ flow: dump({ concurrency }), apart })
  const shared = await unitsOf({ flow: dump({ concurrency }), other, apart })
  expect([alone.units, shared.units]).toEqual([1, 2])
  expect(shared.notes).toContain(
    'Poller units are those of the group lake, once for it and other, whose pollers are reckoned at their minimum.',
  )
})

test('where only one price is known, no way is called the cheapest, and a note says what is not known', async () => {
  const { document, text } = await answerOf({ 'mb-per-second': '1', region: 'eu-central-1' })
  expect(document.ways.map(({ dollarsPerMonth }) => dollarsPerMonth === null)).toEqual([false, true, true, true])
  expect(document.connectUnitDollars).toBeNull()
  expect(document.cheapest).toBeNull()
  expect(text).not.toContain('Cheapest')
  expect(text).toContain('as these have no known price here: provisioned, Data Firehose, MSK Connect.')
  expect(text).toContain('Not known for eu-central-1: the price of Event Poller Units, Data Firehose, MSK Connect.')
})

test('MSK Connect is told as an estimate', async () => {
  const { document, text } = await answerOf({ 'mb-per-second': '100' })
  const connect = document.ways.find(({ way }) => way === 'MSK Connect')
  expect(connect).toMatchObject({ connectUnits: 7, dollarsPerMonth: 7 * 80.3 })
  const least = document.ways.toSorted((one, other) => Number(one.dollarsPerMonth) - Number(other.dollarsPerMonth))[0]
  expect(document.cheapest).toBe(least?.way)
  expect(text).toContain('MSK Connect, 7 MCUs, estimated')
  expect(text).toContain(
    'The MCUs of MSK Connect are an estimate of this project, not AWS’s: 0.052 CPU seconds for a MB',
  )
})

test('prices have the date of each source, where there are any', async () => {
  const { text } = await answerOf({ 'mb-per-second': '1' })
  expect(text).toContain(
    'Prices: AWS Lambda 2026-09-19, Amazon S3 2026-08-07, Amazon Data Firehose 2026-07, Amazon MSK Connect without a date.',
  )
  const { text: elsewhere } = await answerOf({ 'mb-per-second': '1', region: 'eu-west-1' })
  expect(elsewhere).toContain('Prices: AWS Lambda 2026-09-19, Amazon S3 2026-08-07.\n')
})

test('in a service’s region without prices, those of another are used, and a note says so', async () => {
  const { document } = await answerOf({ 'mb-per-second': '1' }, { region: 'ap-east-1' })
  expect(document.region).toBe('us-east-1')
  expect(document.notes[0]).toBe('The prices of ap-east-1 are not known here, so those of us-east-1 are used.')
})

test.each([
  [{}, 'Give --name, --mb-per-second, or both.'],
  [{ name: 'flow' }, 'flow has received nothing in the last five minutes; give a rate with --mb-per-second.'],
  [{ 'mb-per-second': 'fast' }, '--mb-per-second: expected a number above 0, got fast'],
  [{ 'mb-per-second': '1', 'record-bytes': '0' }, '--record-bytes: expected a number above 0, got 0'],
  [
    { 'mb-per-second': '1', region: 'eu-cental-1' },
    'The prices of eu-cental-1 are not known here; did you mean eu-central-1?',
  ],
])('%j is refused with what to do instead', async (options, message) => {
  await expect(answerOf(options)).rejects.toThrow(message)
})

test('small batches cost more than large ones, and rotation leaves few objects', async () => {
  const { document } = await answerOf({ 'mb-per-second': '20' })
  const [smallest] = document.batches
  const [rotated, largest] = document.batches.toReversed()
  expect(smallest?.dollarsPerMonth).toBeGreaterThan(10 * (largest?.dollarsPerMonth ?? 0))
  expect(rotated?.objects).toBeLessThan((largest?.objects ?? 0) / 100)
})
