import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import type { Unit } from '../../../lib/commits/entry.ts'
import { entryKey, logFolder } from '../../../lib/commits/log-key.ts'
import { adopt } from '../../../lib/compaction/adopt.ts'
import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import type { Compaction, RunTime } from '../../../lib/compaction/compaction.ts'
import { sweep } from '../../../lib/compaction/retention.ts'
import type { Rotation } from '../../../lib/compaction/rotation.ts'
import { asCodedError, type ErrorCode } from '../../../lib/error.ts'
import type { FormatSettings } from '../../../lib/formats/encode.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import { Damage } from './damage.ts'
import { assertAllThere, isSuperseded } from './end.ts'
import { LAW, Laws, Violation } from './laws.ts'
import { type PlantedBug, type PlantedBugName, plantedBugs } from './planted.ts'
import { Random } from './random.ts'
import { readFound } from './read-found.ts'
import { generateScenario, type Scenario } from './scenario.ts'
import { NO_FAULTS, Scheduler, type SimulatedWorker } from './scheduler.ts'
import { TOPIC } from './source.ts'
import { earlierObjects, stage } from './stage.ts'
import { SimulatedStore } from './store.ts'

export interface HistoryResult {
  /** Calls of the store. */
  calls: number
  /** What doesn't hold. */
  failure?: unknown
  /** Every call, oldest first, if asked for. */
  trace: string[]
}

const START = Date.UTC(2026, 0, 1, 10, 30)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Runs of the quiet end until nothing is staged any more; more would mean that it never ends. */
const QUIET_RUNS = 4

/** One history: what happens to a bucket until everything is quiet. The same seed gives the same history. */
export async function runHistory(
  seed: number,
  { planted, trace = false }: { planted?: PlantedBugName; trace?: boolean } = {},
): Promise<HistoryResult> {
  const history = new History(seed, planted && plantedBugs[planted], trace)
  try {
    await history.run()
    return { calls: history.scheduler.steps, trace: history.trace }
  } catch (failure) {
    return { calls: history.scheduler.steps, failure, trace: history.trace }
  }
}

class History {
  readonly scheduler: Scheduler
  readonly trace: string[]
  readonly #random: Random
  readonly #scenario: Scenario
  readonly #laws: Laws
  readonly #store: SimulatedStore
  readonly #damage: Damage
  readonly #planted: PlantedBug | undefined
  readonly #unit: Unit
  /** The batches that are staged for certain. */
  readonly #staged = new Set<number>()
  #next = 0
  #unexpected: unknown

  constructor(seed: number, planted: PlantedBug | undefined, trace: boolean) {
    this.#random = new Random(seed)
    this.#scenario = generateScenario(this.#random)
    this.scheduler = new Scheduler(this.#random, START, trace)
    this.trace = this.scheduler.trace ?? []
    this.#laws = new Laws((key, object) => (this.#damage.is(key, object) ? [] : readFound(key, object)))
    this.#store = new SimulatedStore(this.#laws)
    const { keepLatest, source } = this.#scenario
    if (keepLatest) this.#laws.superseded = id => isSuperseded(id, source, this.#laws)
    this.#damage = new Damage(this.#random, this.#store, this.#laws, this.#scenario.damaged)
    this.#planted = planted
    this.#unit = { topic: TOPIC, partition: this.#scenario.rotations[0]?.across === 'topic' ? 'all' : 0 }
    const folder = logFolder('', this.#unit)
    this.#laws.hasGap = sequence => this.#store.objects.has(entryKey(folder, Number(sequence), 'gap'))
    this.scheduler.watch = () => this.#watch()
  }

  async run(): Promise<void> {
    const { faults, workers, adopts } = this.#scenario
    await this.#writeEarlier()
    for (let nth = 1; nth <= this.#random.between(1, 2); nth++)
      this.scheduler.start(`producer ${nth}`, faults, worker => this.#produce(worker))
    for (let nth = 1; nth <= workers; nth++)
      this.scheduler.start(`compactor ${nth}`, faults, worker => this.#compactSometimes(worker))
    if (adopts)
      // A person runs it, and runs it again when it is over: none is asleep while another one continues.
      this.scheduler.start('adopter', { ...faults, frozen: 0 }, worker =>
        this.#adopt(worker).catch(error => this.#tolerate(error, [])),
      )
    await this.scheduler.run()
    await this.#quiet()
    // Who was asleep all the while finds everything done.
    this.scheduler.thaw()
    await this.scheduler.run()
    await this.#quiet()
    assertAllThere(this.#scenario, this.#store, this.#laws)
    await this.#sweep()
    assertAllThere(this.#scenario, this.#store, this.#laws)
  }

  /** What a dump without rotation has left. */
  async #writeEarlier(): Promise<void> {
    const { source, forms, keys } = this.#scenario
    for (const batch of source.earlier) {
      for (const { key, body } of await earlierObjects(batch, forms[0] as FormatSettings, keys))
        this.#store.write(key, body, {}, START - HOUR)
    }
    await this.#laws.check()
  }

  /** Until nothing is left, as the command does: a run ends when the clock says that its time is over. */
  async #adopt(worker: SimulatedWorker): Promise<void> {
    while ((await adopt(this.#compaction(worker), { time: this.#time() })).unfinished);
  }

  /** Days later, when no worker of before can be alive, what was replaced is deleted. */
  async #sweep(): Promise<void> {
    if (!this.#scenario.keepLatest) return
    this.scheduler.now += 4 * 24 * HOUR
    for (const name of ['sweeper 1', 'sweeper 2'])
      this.scheduler.start(name, NO_FAULTS, worker =>
        sweep(this.#unit, this.#compaction(worker), this.#time()).catch(error => this.#tolerate(error, [])),
      )
    await this.scheduler.run()
  }

  #watch(): void | Promise<void> {
    if (this.#unexpected !== undefined) throw this.#unexpected
    this.scheduler.now += this.#random.chance(0.005) ? HOUR : this.#random.between(1, 400)
    const checked = this.#laws.check()
    if (checked) return checked.then(() => this.#damage.maybe(this.scheduler))
    this.#damage.maybe(this.scheduler)
  }

  /** Stages the batches that nobody has begun yet, each until it is there. */
  async #produce(worker: SimulatedWorker): Promise<void> {
    const { source } = this.#scenario
    while (this.#next < source.batches.length) {
      const nth = this.#next++
      while (!this.#staged.has(nth)) await this.#stage(worker, nth).catch(error => this.#tolerate(error, []))
    }
  }

  async #stage(worker: SimulatedWorker, nth: number): Promise<void> {
    const { source, forms, keys } = this.#scenario
    const { batches } = source
    const form = forms[Math.floor((nth * forms.length) / batches.length)] ?? forms[0]
    if (form) await stage(this.#client(worker), batches[nth] ?? [], form, keys)
    this.#staged.add(nth)
  }

  async #compactSometimes(worker: SimulatedWorker): Promise<void> {
    const { rotations } = this.#scenario
    for (let runs = this.#random.pick([1, 1, 2]); runs > 0; runs--) {
      const rotation = this.#random.pick(rotations)
      await this.#compact(worker, rotation).catch(error => this.#tolerate(error, this.#damage.reasons))
    }
  }

  async #compact(worker: SimulatedWorker, rotation?: Rotation): Promise<void> {
    await compactUnit(this.#unit, this.#compaction(worker, rotation), this.#time())
  }

  #time(): RunTime {
    const { now } = this.scheduler
    return { deadline: now + 5 * MINUTE, end: now + 15 * MINUTE }
  }

  #compaction(worker: SimulatedWorker, rotation?: Rotation): Compaction {
    const { forms, keys, policy, keepLatest } = this.#scenario
    return {
      store: this.#client(worker),
      keys,
      prefix: '',
      format: forms.at(-1) as Compaction['format'],
      rotation,
      keepLatest,
      policy,
      partSize: 5 * 1024 * 1024,
      now: () => this.scheduler.now,
      logger: { info() {}, warn() {}, error() {} },
      telemetry: noTelemetry,
    }
  }

  #client(worker: SimulatedWorker): CommitStore {
    const client = this.#store.client(worker)
    return this.#planted ? this.#planted(client, this.#store, this.#unit) : client
  }

  /** What went wrong on purpose passes; the worker starts over, as its platform would have it do. */
  #tolerate(error: unknown, reasons: readonly ErrorCode[]): void {
    const { code, retryable } = asCodedError(error)
    if (retryable || code === 'OUT_OF_TIME' || reasons.includes(code)) return
    this.#unexpected ??= error instanceof Violation ? error : new Violation(LAW.fails, `${(error as Error).stack}`)
  }

  /** Nothing goes wrong any more, and everything that is staged is made into objects. */
  async #quiet(): Promise<void> {
    await this.#damage.end(this.#scenario.policy)
    this.scheduler.trace?.push('— quiet —')
    const fails = (error: unknown) => this.#tolerate(error, [])
    this.scheduler.start('last producer', NO_FAULTS, async worker => {
      for (const nth of this.#scenario.source.batches.keys())
        if (!this.#staged.has(nth)) await this.#stage(worker, nth).catch(fails)
    })
    await this.scheduler.run()
    if (this.#scenario.adopts) {
      this.scheduler.start('last adopter', NO_FAULTS, worker => this.#adopt(worker).catch(fails))
      await this.scheduler.run()
    }
    for (let runs = 0; runs < QUIET_RUNS && this.#store.keys('_staging/').length > 0; runs++) {
      this.scheduler.start('last compactor', NO_FAULTS, worker => this.#compact(worker).catch(fails))
      await this.scheduler.run()
    }
    if (this.#unexpected !== undefined) throw this.#unexpected
  }
}
