import { Random } from '../support/simulation/random.ts'
import { brokenLaws } from './checker/laws.ts'
import { Moments } from './checker/moments.ts'
import { findingsOf, type Verdict } from './checker/verdict.ts'
import { type Fault, reaches } from './faults/fault.ts'
import { Load } from './load/load.ts'
import { type TrueRecord, Truth } from './load/truth.ts'
import { causeFaults, type Meetings } from './nemesis.ts'
import { Progress } from './progress.ts'
import type { Schedule } from './schedule.ts'
import type { ChaosSystem, StartedSystem } from './systems/system.ts'
import type { World } from './world/world.ts'

/** What one schedule has shown of one system. */
export interface Result {
  schedule: Schedule
  system: string
  verdict: Verdict
  /** How often each fault that can reach the system has met it: requests, processes at work, or once where that can't be counted. */
  met: Record<string, number>
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
  /** Called when nothing of the run can be harmed any more: what is left is to read what is there. */
  onFinished(): void
}

const TOPICS = 3
const PARTITIONS = 4

/** How long a system may stand still while records wait, after everything is whole again, in milliseconds. A slow machine takes longer. */
const STANDSTILL_MS = 180_000

/** Runs all systems under one schedule, at the same load, and checks what each has left behind. */
export async function runSchedule(schedule: Schedule, options: RunOptions): Promise<Result[]> {
  const { world, records, perSecond, say, onFinished } = options
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
  await load.warmUp()
  await run.warmUp(truth, topics)
  const [, meetings] = await Promise.all([load.produce(), run.cause(schedule, options, { name, topics, truth })])
  await run.finish(truth, topics)
  onFinished()
  const verdicts = await run.verdicts(truth)
  return Array.from(verdicts, ([name, verdict]) => {
    const system = options.systems[name] as ChaosSystem
    const met = metBy(name, system, meetings, options.faults)
    return { schedule, system: name, verdict, met, broken: brokenLaws(verdict, system.laws) }
  })
}

function metBy(
  name: string,
  system: ChaosSystem,
  meetings: Meetings,
  faults: Readonly<Record<string, Fault>>,
): Record<string, number> {
  const reached = Array.from(meetings).filter(([fault]) => reaches(faults[fault] as Fault, system))
  return Object.fromEntries(reached.map(([fault, systems]) => [fault, systems.get(name) ?? 0]))
}

/** The systems of one schedule, from their start to their verdicts. */
class Run {
  readonly #load: Load
  readonly #say: (line: string) => void
  readonly #systems = new Map<string, StartedSystem>()
  readonly #progress = new Map<string, Progress>()
  readonly #moments = new Map<string, Moments>()
  /** In milliseconds, of those that have caught up. */
  readonly #caughtUp = new Map<string, number>()

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

  /**
   * Waits until all have delivered what is there, so that faults meet systems at work.
   *
   * @throws when one does not, without any fault
   */
  async warmUp(truth: Truth, topics: readonly string[]): Promise<void> {
    for (const topic of topics) await truth.read(topic)
    await Promise.all(Array.from(this.#progress, ([name, progress]) => untilThrough(name, progress, truth)))
    for (const progress of this.#progress.values()) progress.begin()
  }

  async cause(
    schedule: Schedule,
    { world, faults }: RunOptions,
    { name, topics, truth }: { name: string; topics: readonly string[]; truth: Truth },
  ): Promise<Meetings> {
    return await causeFaults(schedule.faults, faults, {
      ...{ world, run: name, topics, systems: this.#systems, say: this.#say },
      isLoading: () => this.#load.isProducing,
      addPartitions: (topic, count) => this.#load.addPartitions(topic, count),
      recreate: topic => this.#recreate(topic, truth),
    })
  }

  /** Waits until all have caught up with what is committed now, and does what their last jobs are. */
  async finish(truth: Truth, topics: readonly string[]): Promise<void> {
    const healedAt = performance.now()
    for (const topic of topics) await truth.read(topic)
    const finish = async ([name, progress]: [string, Progress]) => {
      const reached = await progress.reaches(truth.end, STANDSTILL_MS)
      this.#say(`${name}: is at ${progress.position} of ${truth.end}`)
      await progress.stop()
      if (reached) this.#caughtUp.set(name, performance.now() - healedAt)
      await this.#systems.get(name)?.finish()
      this.#say(`${name}: finished`)
    }
    await Promise.all(Array.from(this.#progress, finish))
  }

  /** @returns by the names of systems */
  async verdicts(truth: Truth): Promise<Map<string, Verdict>> {
    const verdictOf = async ([name, system]: [string, StartedSystem]): Promise<[string, Verdict]> => {
      const moments = this.#moments.get(name)
      await moments?.stop()
      const found = moments?.last(system.found()) ?? system.found()
      const findings = await findingsOf(carried(truth, system), found, await system.putAside())
      const longestPauseMs = this.#progress.get(name)?.longestPauseMs ?? 0
      const broken = (await system.findings?.()) ?? []
      return [
        name,
        { ...findings, longestPauseMs, caughtUpMs: this.#caughtUp.get(name), sightings: moments?.sightings, broken },
      ]
    }
    return new Map(await Promise.all(Array.from(this.#systems, verdictOf)))
  }

  async #recreate(topic: string, truth: Truth): Promise<void> {
    const ready: (() => Promise<void>)[] = []
    await this.#load.recreate(topic, async () => {
      const prepare = async ([name, system]: [string, StartedSystem]) => {
        await untilThrough(name, this.#progress.get(name) as Progress, truth)
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

async function untilThrough(name: string, progress: Progress, truth: Truth): Promise<void> {
  if (await progress.reaches(truth.end, STANDSTILL_MS)) return
  throw new Error(`${name} has not delivered everything: it is at ${progress.position} of ${truth.end}.`)
}

/** What the system can be expected to have, by the records' numbers. */
function carried({ records }: Truth, system: StartedSystem): ReadonlyMap<string, TrueRecord> {
  if (!system.carried) return records
  return new Map(Array.from(records, ([number, record]) => [number, system.carried?.(record) ?? record]))
}
