import { Random } from '../support/simulation/random.ts'
import { brokenLaws } from './checker/laws.ts'
import { Moments } from './checker/moments.ts'
import { findingsOf, type Verdict } from './checker/verdict.ts'
import type { Fault } from './faults/fault.ts'
import { Load } from './load/load.ts'
import { type TrueRecord, Truth } from './load/truth.ts'
import { causeFaults } from './nemesis.ts'
import { Progress } from './progress.ts'
import type { Schedule } from './schedule.ts'
import type { ChaosSystem, StartedSystem } from './systems/system.ts'
import type { World } from './world/world.ts'

/** What one schedule has shown of one system. */
export interface Result {
  schedule: Schedule
  system: string
  verdict: Verdict
  /** Broken laws, as sentences; empty when all hold. */
  broken: string[]
}

export interface RunOptions {
  world: World
  faults: Readonly<Record<string, Fault>>
  systems: Readonly<Record<string, ChaosSystem>>
  records: number
  perSecond: number
  say(line: string): void
}

const TOPICS = 3
const PARTITIONS = 4

/** How long a system may take to catch up after everything is whole again, in milliseconds. */
const CATCH_UP_MS = 180_000

/** Runs all systems under one schedule, at the same load, and checks what each has left behind. */
export async function runSchedule(schedule: Schedule, options: RunOptions): Promise<Result[]> {
  const { world, records, perSecond, say } = options
  const name = `chaos-${schedule.seed}-${Date.now().toString(36)}`
  const topics = Array.from({ length: TOPICS }, (_, index) => `${name}-${index}`)
  await using truth = new Truth(world.source.direct)
  await using load = new Load({
    ...{ connection: world.source.direct, truth, records, perSecond, random: new Random(schedule.seed) },
    topics: new Map(topics.map(topic => [topic, PARTITIONS])),
  })
  await load.open()
  await using run = new Run(load, say)
  await run.start(options.systems, { world, name, topics, batchSize: schedule.batchSize })
  await Promise.all([load.produce(), run.cause(schedule, options, topics, truth)])
  const verdicts = await run.verdicts(truth, topics)
  return Array.from(verdicts, ([system, verdict]) => ({
    ...{ schedule, system, verdict },
    broken: brokenLaws(verdict, (options.systems[system] as ChaosSystem).laws),
  }))
}

/** The systems of one schedule, from their start to their verdicts. */
class Run {
  readonly #load: Load
  readonly #say: (line: string) => void
  readonly #systems = new Map<string, StartedSystem>()
  readonly #progress = new Map<string, Progress>()
  readonly #moments = new Map<string, Moments>()

  constructor(load: Load, say: (line: string) => void) {
    this.#load = load
    this.#say = say
  }

  async start(
    systems: Readonly<Record<string, ChaosSystem>>,
    context: Omit<Parameters<ChaosSystem['start']>[0], 'say'>,
  ): Promise<void> {
    const start = async ([name, system]: [string, ChaosSystem]) => {
      const say = (line: string) => this.#say(`${name}: ${line}`)
      const started = await system.start({ ...context, name: `${context.name}-${name}`, say })
      this.#systems.set(name, started)
      this.#progress.set(name, new Progress(started))
      if (started.view) this.#moments.set(name, new Moments(await started.view(), say))
    }
    await Promise.all(Object.entries(systems).map(start))
  }

  async cause(
    schedule: Schedule,
    { world, faults }: RunOptions,
    topics: readonly string[],
    truth: Truth,
  ): Promise<void> {
    await causeFaults(schedule.faults, faults, {
      ...{ world, topics, systems: this.#systems, say: this.#say },
      addPartitions: (topic, count) => this.#load.addPartitions(topic, count),
      recreate: topic => this.#recreate(topic, truth),
    })
  }

  /** @returns by the names of systems */
  async verdicts(truth: Truth, topics: readonly string[]): Promise<Map<string, Verdict>> {
    const healedAt = performance.now()
    for (const topic of topics) await truth.read(topic)
    const caughtUp = new Map(
      await Promise.all(
        Array.from(this.#progress, async ([name, progress]): Promise<[string, number | undefined]> => {
          const reached = await progress.reaches(truth.end, CATCH_UP_MS)
          this.#say(`${name}: is at ${progress.position} of ${truth.end}`)
          await progress.stop()
          return [name, reached ? performance.now() - healedAt : undefined]
        }),
      ),
    )
    const verdictOf = async ([name, system]: [string, StartedSystem]): Promise<[string, Verdict]> => {
      await system.finish()
      this.#say(`${name}: finished`)
      const moments = this.#moments.get(name)
      await moments?.stop()
      const found = moments?.last(system.found()) ?? system.found()
      const findings = await findingsOf(carried(truth, system), found, await system.putAside())
      const longestPauseMs = this.#progress.get(name)?.longestPauseMs ?? 0
      const broken = (await system.findings?.()) ?? []
      return [
        name,
        { ...findings, longestPauseMs, caughtUpMs: caughtUp.get(name), sightings: moments?.sightings, broken },
      ]
    }
    return new Map(await Promise.all(Array.from(this.#systems, verdictOf)))
  }

  async #recreate(topic: string, truth: Truth): Promise<void> {
    const ready: (() => Promise<void>)[] = []
    await this.#load.recreate(topic, async () => {
      const prepare = async ([name, system]: [string, StartedSystem]) => {
        const progress = this.#progress.get(name)
        if (!(await progress?.reaches(truth.end, CATCH_UP_MS)))
          throw new Error(`${name} has not delivered everything: it is at ${progress?.position} of ${truth.end}.`)
        const done = await system.recreating?.()
        if (done) ready.push(done)
      }
      await Promise.all(Array.from(this.#systems, prepare))
    })
    await Promise.all(ready.map(done => done()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#progress.values(), ...this.#moments.values()].map(watching => watching.stop()))
    await Promise.all(Array.from(this.#systems.values(), system => system.stop()))
  }
}

/** What the system can be expected to have, by the records' numbers. */
function carried({ records }: Truth, system: StartedSystem): ReadonlyMap<string, TrueRecord> {
  if (!system.carried) return records
  return new Map(Array.from(records, ([number, record]) => [number, system.carried?.(record) ?? record]))
}
