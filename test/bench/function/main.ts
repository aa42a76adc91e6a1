import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messagesOf } from '../bench-child.ts'
import { functionCommand } from '../function-bundle.ts'
import { median, round } from '../measure.ts'
import { resultText } from '../result-text.ts'
import { eventFiles, MOST_EVENTS } from './event-files.ts'
import { type FloorStep, type MeasuredStep, stepsOf } from './floor-steps.ts'
import type { Invoked } from './invoked.ts'
import { type Profile, sortedProfile } from './profile.ts'
import { type Figures, type FunctionResult, MOST_TIMES_THE_EVENT, mostRatio, ratioOf, timesTheEvent } from './result.ts'
import { StoreProcess, type Taken } from './store-process.ts'
import { type Variant, variantName, variants } from './variant.ts'

/**
 * What the function `dump` uses for events of 6 MB, in each format with each compression, beside the floor: the least steps that give
 * the same objects, each measured in a process of its own. docs/benchmarks.md says what is counted.
 *
 * `npm run bench:function -- [--events 105] [--rounds 3] [--only 'json zstd'] [--profile] [--json FILE]`
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: String(MOST_EVENTS) },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const ROUNDS = Number(values.rounds)

type Measured = Invoked & Taken

const chosen = variants.filter(variant => variantName(variant).startsWith(values.only))
const files = await eventFiles(Number(values.events))
const folder = await mkdtemp(join(tmpdir(), 'bench-function-'))
const store = await StoreProcess.start()
try {
  const invoking = await functionCommand('function/invoked-function.ts', folder)
  const [program = '', ...stepping] = await functionCommand('function/floor-step.ts', folder)
  const result = await measure(invoking, [program, '--expose-gc', ...stepping])
  printFigures(result)
  for (const { profile, ...variant } of result.variants) if (profile) printProfile(variantName(variant), profile)
  if (values.json) await writeFile(values.json, resultText({ ...result }, 'variants'))
} finally {
  await Promise.all([store.stop(), rm(folder, { recursive: true })])
}

/** Rounds in which everything runs once, in turn in one order and in the other, so that drift of the machine meets them all. */
async function measure(invoking: string[], stepping: string[]): Promise<FunctionResult> {
  const runs = new Map(chosen.map(variant => [variantName(variant), [] as Measured[]]))
  const steps = new Map(chosen.flatMap(stepsOf).map(step => [step.name, step]))
  const floor = new Map(Array.from(steps.keys(), name => [name, [] as number[]]))
  const tasks = [
    ...chosen.map(variant => async () => {
      runs.get(variantName(variant))?.push(await invoke(invoking, variant))
    }),
    ...Array.from(steps.values(), step => async () => {
      floor.get(step.name)?.push(await stepSeconds(stepping, step))
    }),
  ]
  for (let round = 1; round <= ROUNDS; round++) {
    for (const task of round % 2 === 1 ? tasks : tasks.toReversed()) await task()
  }
  const figures: Figures[] = []
  for (const variant of chosen) {
    const medians = mediansOf(runs.get(variantName(variant)) ?? [])
    const own = stepsOf(variant).map(({ step, name }) => [step, thousandths(median(floor.get(name) ?? []))] as const)
    const profile = values.profile ? await profileOf(invoking, variant) : undefined
    figures.push({ ...variant, ...medians, floor: Object.fromEntries(own) as Record<FloorStep, number>, profile })
  }
  const sizes = await Promise.all(files.map(async file => (await stat(file)).size))
  const eventBytes = Math.round(sizes.reduce((sum, size) => sum + size, 0) / files.length)
  const command = ['npm run bench:function --', ...process.argv.slice(2)].join(' ')
  return { command, node: process.version, events: files.length, eventBytes, variants: figures }
}

async function invoke(command: string[], { format, compression }: Variant, ...args: string[]): Promise<Measured> {
  const environment = { ...store.environment, FORMAT: format, COMPRESSION: compression }
  const [invoked] = await messagesOf<Invoked>('dump', [...command, ...args, ...files], environment)
  return { ...(invoked as Invoked), ...(await store.taken()) }
}

async function stepSeconds(command: string[], { step, format, compression }: MeasuredStep): Promise<number> {
  const args = ['--step', step, '--format', format, '--compression', compression]
  const [message] = await messagesOf<{ cpu: number }>('dump', [...command, ...args, ...files], store.environment)
  await store.taken()
  return message?.cpu ?? 0
}

async function profileOf(command: string[], variant: Variant): Promise<Profile> {
  const file = join(folder, 'profile.json')
  await invoke(command, variant, '--profile', file)
  return sortedProfile(JSON.parse(await readFile(file, 'utf8')))
}

function mediansOf(runs: Measured[]) {
  const of = (field: keyof Measured) => median(runs.map(run => run[field]))
  return {
    ...{ cpu: thousandths(of('cpu')), onMain: thousandths(of('onMain')), seconds: thousandths(of('seconds')) },
    ...{ peak: of('peak'), growth: median(runs.map(run => run.peakOfFirst - run.before)), output: of('bytes') },
  }
}

function printFigures(result: FunctionResult): void {
  const rows = result.variants.map(figures => [variantName(figures), rowOf(figures, result)])
  console.log(`\n${result.events} events of ${round(result.eventBytes / 1e6)} MB, medians of ${ROUNDS}`)
  console.table(Object.fromEntries(rows))
  console.log('\nThe floor, CPU s')
  console.table(Object.fromEntries(result.variants.map(figures => [variantName(figures), figures.floor])))
}

function rowOf(figures: Figures, result: FunctionResult) {
  const [ratio, most, times] = [ratioOf(figures), mostRatio(figures), timesTheEvent(figures, result)]
  return {
    'CPU s': round(figures.cpu),
    'floor CPU s': round(figures.cpu / ratio),
    ratio: round(ratio),
    'at most': most === undefined ? '' : `${most} ${ratio <= most ? 'met' : 'missed'}`,
    'wall s': round(figures.seconds),
    'peak MB': Math.round(figures.peak / 1e6),
    'first event, × its size': round(times),
    [`at most ${MOST_TIMES_THE_EVENT}`]: times <= MOST_TIMES_THE_EVENT ? 'met' : 'missed',
    'output MB': round(figures.output / 1e6),
  }
}

function printProfile(name: string, { steps, functions }: Profile): void {
  console.log(`\n${name}, shares of the main thread's time in %`)
  console.table(percent(Object.entries(steps)))
  console.table(percent(functions))
}

function percent(shares: [string, number][]) {
  return Object.fromEntries(shares.map(([name, share]) => [name, { '%': Math.round(share * 1000) / 10 }]))
}

function thousandths(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
