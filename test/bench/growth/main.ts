import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { machine } from '../machine.ts'
import { round } from '../measure.ts'
import { resultText } from '../result-text.ts'
import { type GrowthProfile, type GrowthResult, type GrowthSeries, growthPoint } from './result.ts'
import { type Load, type Series, seriesOf } from './series.ts'
import { type LoadedName, type Run, Targets } from './targets.ts'

/**
 * How the cost of `dump` and `replicate` grows: with the number of records, with partitions, with smaller batches, and with the size
 * of records while the bytes stay the same. Each load has a process of its own, bundled and with the young generation of a function of
 * 1,024 MB; `dump` writes to a store over HTTP, `replicate` to a real broker. Ends with 1 if a record has not arrived.
 *
 * `npm run bench:growth -- [--records 1000000] [--rounds 3] [--only 'dump, batch'] [--profile] [--json docs/benchmarks/growth.json]`
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const [RECORDS, ROUNDS] = [Number(values.records), Number(values.rounds)]

/** A load of a series, and its runs so far. */
interface Measured {
  load: Load
  runs: Run[]
}

interface MeasuredSeries extends Pick<Series, 'quantity'> {
  function: LoadedName
  loads: Measured[]
  profiles: GrowthProfile[]
}

const all: MeasuredSeries[] = (['dump', 'replicate'] as const)
  .flatMap(name => seriesOf(RECORDS).map(series => ({ ...series, function: name })))
  .filter(series => `${series.function}, ${series.quantity}`.startsWith(values.only))
  .map(series => ({ ...series, loads: series.loads.map(load => ({ load, runs: [] })), profiles: [] }))

const targets = await Targets.start()
try {
  for (let number = 1; number <= ROUNDS; number++) {
    for (const series of all) {
      const { loads } = series
      for (const measured of number % 2 === 1 ? loads : loads.toReversed()) await measure(series, measured, number)
      await save()
    }
  }
  if (values.profile) for (const series of all) await profile(series)
  await save()
} finally {
  await targets.stop()
}
for (const series of result().series) print(series)

/** A run that fails is told, and the others are made. */
async function measure(series: MeasuredSeries, { load, runs }: Measured, number: number): Promise<void> {
  const progress = `round ${number} of ${ROUNDS}, ${series.function}, ${series.quantity} ${load[series.quantity]}`
  try {
    const run = await targets.run(series.function, load)
    runs.push(run)
    console.log(`${progress}: ${round(run.cpu)} s CPU in ${round(run.seconds)} s, ${run.requests} requests`)
  } catch (error) {
    console.log(`${progress}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}

/** The first and the last load, which differ most. */
async function profile({ function: name, quantity, loads, profiles }: MeasuredSeries): Promise<void> {
  for (const { load } of [loads[0], loads.at(-1)].filter(measured => measured !== undefined)) {
    const { steps } = await targets.profile(name, load)
    profiles.push({ ...load, steps })
    console.log(`profile of ${name}, ${quantity} ${load[quantity]}: ${JSON.stringify(steps)}`)
  }
}

async function save(): Promise<void> {
  if (values.json) await writeFile(values.json, resultText(result(), 'series'))
}

function result(): GrowthResult {
  const series = all.map(({ loads, quantity, profiles, function: name }): GrowthSeries => {
    const measured = loads.filter(({ runs }) => runs.length > 0)
    return { function: name, quantity, points: measured.map(({ load, runs }) => growthPoint(load, runs)), profiles }
  })
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    command: `npm run bench:growth -- --records ${RECORDS} --rounds ${ROUNDS}${values.profile ? ' --profile' : ''}`,
    series,
  }
}

function print({ function: name, quantity, points }: GrowthSeries): void {
  console.log(`\n${name}, by ${quantity}, medians`)
  const rows = points.map(point => [
    point[quantity],
    {
      records: point.records,
      events: point.events,
      'CPU s': round(point.cpu.median),
      'CPU s/10⁶ records': round(point.cpuPerMillionRecords.median),
      'CPU s/GB': round(point.cpuPerGigabyte.median),
      s: round(point.seconds.median),
      'peak MB': Math.round(point.peakMb.median),
      requests: point.requests.median,
    },
  ])
  console.table(Object.fromEntries(rows))
}
