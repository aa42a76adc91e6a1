import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import type { Fault } from './faults/fault.ts'
import { faults } from './faults/index.ts'
import { outcomeOf } from './report/outcome.ts'
import { proofText } from './report/proof.ts'
import { type Result, runSchedule } from './run.ts'
import { coveringSchedules, longSchedule, reachesOneOf, type Schedule, scheduleText, systemsUnder } from './schedule.ts'
import { shortRun } from './short-run.ts'
import { ownSystems, systems } from './systems/index.ts'
import type { ChaosSystem } from './systems/system.ts'
import { resultTable } from './table.ts'
import { startWorld } from './world/start-world.ts'

/** How long the load of each schedule takes in the short form: long enough for its dozen faults. */
const SHORT_LOAD_MS = 15_000
/** Many schedules with fewer records each. */
const LONG = { schedules: 300, records: 5_000, perSecond: 500 }

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    long: { type: 'boolean', default: false },
    schedules: { type: 'string' },
    records: { type: 'string' },
    systems: { type: 'string' },
    faults: { type: 'string' },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const chosenSystems = values.systems ? chosen(systems, values.systems, 'system') : ownSystems
const chosenFaults = values.faults ? chosen(faults, values.faults, 'fault') : reaching(faults)

const started = performance.now()
const elapsed = () => `${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s`
const say = (line: string) => (values.verbose ? console.log(`${elapsed()}  ${line}`) : undefined)

const results: Result[] = []
/** Two schedules may end at the same time. */
const writing = pLimit(1)
const command = commandText()
const runs = values.long ? longRuns() : shortRuns()
console.log(`seed ${seed}, ${runs.length} schedules`)
await using world = await startWorld()
/** The next schedule begins while what the last ones have left is read. */
const judged: Promise<void>[] = []
for (const [index, run] of runs.entries()) {
  console.log(`${elapsed()}  ${index + 1}/${runs.length} seed ${run.schedule.seed}: ${scheduleText(run.schedule)}`)
  const finished = Promise.withResolvers<void>()
  const judging = judge(run, finished.resolve)
  judged.push(judging)
  await Promise.race([finished.promise, judging])
}
await Promise.all(judged)
console.log(resultTable(results))
const failed = results.filter(({ broken }) => broken.length > 0)
console.log(`${elapsed()}  ${results.length - failed.length} of ${results.length} runs kept all laws.`)
if (failed.length > 0) process.exitCode = 1

async function judge({ schedule, systems, records, perSecond }: PlannedRun, onFinished: () => void): Promise<void> {
  const options = { world, faults: chosenFaults, systems, records, perSecond, say, onFinished }
  const told = `${' '.repeat(10)}seed ${schedule.seed}`
  const shown = await runSchedule(schedule, options).catch((error: Error) => {
    // What could not be caused or read shows nothing, and the schedules that follow don't depend on it.
    console.log(`${told} could not be run: ${error.stack}`)
    process.exitCode = 1
    return []
  })
  for (const { system, broken, verdict } of shown) {
    for (const law of broken) console.log(`${told}, ${system}: ${law}`)
    if (broken.length > 0) for (const example of verdict.examples) console.log(`${told}, ${system}:   ${example}`)
  }
  results.push(...shown)
  const missed = schedule.faults.filter(({ name }) => shown.length > 0 && shown.every(({ met }) => !met[name]))
  if (missed.length > 0) console.log(`${told}: met nothing: ${missed.map(({ name }) => name).join(', ')}`)
  const { json } = values
  if (json) await writing(() => writeFile(json, proofText({ command, outcomes: results.map(outcomeOf) })))
}

/** What repeats these schedules. */
function commandText(): string {
  const { schedules, records, systems, faults } = values
  const given = Object.entries({ schedules, records, systems, faults }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  )
  return ['npm run chaos --', `--seed ${seed}`, ...(values.long ? ['--long'] : []), ...given].join(' ')
}

interface PlannedRun {
  schedule: Schedule
  systems: Record<string, ChaosSystem>
  records: number
  perSecond: number
}

/** Groups without a chosen system take no part, so that the others have all faults. */
function shortRuns(): PlannedRun[] {
  const loadMs = SHORT_LOAD_MS
  const groups = shortRun.flatMap(({ systems, records: standard }) => {
    const own = Object.fromEntries(Object.entries(chosenSystems).filter(([name]) => systems.includes(name)))
    const records = Number(values.records ?? standard)
    return Object.keys(own).length > 0 ? [{ systems: own, records, loadMs }] : []
  })
  const schedules = coveringSchedules(seed, groups, chosenFaults)
  return groups.map(({ systems, records }, at) => ({
    schedule: schedules[at] as Schedule,
    ...{ systems, records, perSecond: records / (loadMs / 1_000) },
  }))
}

function longRuns(): PlannedRun[] {
  const { perSecond } = LONG
  const [records, count] = [Number(values.records ?? LONG.records), Number(values.schedules ?? LONG.schedules)]
  const loadMs = (records / perSecond) * 1_000
  return Array.from({ length: count }, (_, at) => {
    const schedule = longSchedule(seed + at, chosenFaults, loadMs)
    return { schedule, systems: systemsUnder(schedule, chosenFaults, chosenSystems), records, perSecond }
  })
}

/** Those that can harm one of the chosen systems. */
function reaching(all: Readonly<Record<string, Fault>>): Record<string, Fault> {
  return Object.fromEntries(Object.entries(all).filter(([, fault]) => reachesOneOf(fault, chosenSystems)))
}

function chosen<T>(all: Readonly<Record<string, T>>, names: string | undefined, what: string): Record<string, T> {
  if (!names) return { ...all }
  return Object.fromEntries(
    names.split(',').map(name => {
      const found = all[name]
      if (!found) throw new Error(`There is no ${what} ${name}; there are ${Object.keys(all).join(', ')}.`)
      return [name, found]
    }),
  )
}
