import { CodedError } from '../../../lib/error.ts'
import type { Random } from './random.ts'

/** How often what goes wrong, as probabilities of each call. */
export interface Faults {
  /** The worker is gone before or after the call: nothing of it continues. */
  killed: number
  /** The call has no effect and fails with an error that passes. */
  refused: number
  /** The call takes effect, and fails all the same. */
  lost: number
  /** The worker sleeps before the call takes effect, while others continue. */
  asleep: number
  /** The worker sleeps until everything else is over: a zombie. */
  frozen: number
}

export const NO_FAULTS: Faults = { killed: 0, refused: 0, lost: 0, asleep: 0, frozen: 0 }

/** A call that waits until its worker may continue. */
interface Turn {
  worker: SimulatedWorker
  name: string
  effect: () => unknown
  resolve: (result: never) => void
  reject: (error: unknown) => void
  /** Steps during which it is passed over. */
  asleep: number
}

/** What runs between the calls of others. */
export class SimulatedWorker {
  readonly scheduler: Scheduler
  readonly name: string
  readonly faults: Faults
  readonly started: number
  /** Killed: its calls have no effect any more and never return. */
  gone = false
  /** What `work` threw. */
  error: unknown
  finished = false

  constructor(scheduler: Scheduler, name: string, faults: Faults) {
    this.scheduler = scheduler
    this.name = name
    this.faults = faults
    this.started = scheduler.now
  }

  /** Waits for its turn, then does `effect` and returns its result. */
  turn<T>(name: string, effect: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => this.scheduler.wait({ worker: this, name, effect, resolve, reject }))
  }
}

/** Steps that one history may take: more means that workers chase each other. */
const MAX_STEPS = 20_000
/** Steps of sleep that never pass. */
const FROZEN = 1_000_000
/** How long to wait for a worker that neither calls the store nor ends, in milliseconds: code is loaded, a stream unpacks. */
const MAX_IDLE_MS = 20_000

/**
 * Lets one call after another take effect, in an order that follows from the seed. Between two calls every worker runs until it
 * calls again.
 */
export class Scheduler {
  readonly random: Random
  /** The clock of workers and store, in milliseconds since the epoch. */
  now: number
  /** Effects so far. */
  steps = 0
  /** Called after each call that took effect. */
  watch: () => void | Promise<void> = () => undefined
  /** What happened, newest last; kept when asked for. */
  readonly trace: string[] | undefined
  readonly #waiting: Turn[] = []
  readonly #working = new Set<SimulatedWorker>()
  #end: { resolve: () => void; reject: (error: unknown) => void } | undefined
  #idleSince: number | undefined

  constructor(random: Random, now: number, trace = false) {
    this.random = random
    this.now = now
    this.trace = trace ? [] : undefined
  }

  /** Begins a worker. It continues whenever `run` chooses it. */
  start(name: string, faults: Faults, work: (worker: SimulatedWorker) => Promise<unknown>): SimulatedWorker {
    const worker = new SimulatedWorker(this, name, faults)
    this.#working.add(worker)
    const end = (error?: unknown) => {
      worker.error = error
      worker.finished = true
      this.#working.delete(worker)
      if (error !== undefined) this.trace?.push(`${name} fails: ${error}`)
    }
    work(worker).then(() => end(), end)
    return worker
  }

  wait(turn: Omit<Turn, 'asleep'>): void {
    if (turn.worker.gone) return
    const { faults } = turn.worker
    const frozen = this.#chance(faults.frozen)
    const asleep = frozen ? FROZEN : this.#chance(faults.asleep) ? this.random.between(2, 60) : 0
    if (frozen) this.trace?.push(`${turn.worker.name} falls asleep before ${turn.name}`)
    this.#waiting.push({ ...turn, asleep })
  }

  /** Kills a worker: its pending calls have no effect. */
  kill(worker: SimulatedWorker): void {
    worker.gone = true
    this.#working.delete(worker)
    this.trace?.push(`${worker.name} is killed`)
    for (let index = this.#waiting.length - 1; index >= 0; index--)
      if (this.#waiting[index]?.worker === worker) this.#waiting.splice(index, 1)
  }

  get working(): readonly SimulatedWorker[] {
    return [...this.#working]
  }

  /** Workers that sleep until everything is over continue. */
  thaw(): void {
    for (const turn of this.#waiting) turn.asleep = 0
  }

  /** Runs until every worker has ended or is frozen. @throws what `watch` threw */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject }
      this.#next()
    })
  }

  /**
   * Node.js calls this when no promise can continue any more: each worker waits for a call of its own, or has ended.
   */
  readonly #step = (): void => {
    try {
      if (!this.#isEachWaiting()) this.#waitForWorkers()
      else if (this.#waiting.some(({ asleep }) => asleep < FROZEN)) this.#goOn()
      else this.#end?.resolve()
    } catch (error) {
      this.#end?.reject(error)
    }
  }

  #goOn(): void {
    this.#idleSince = undefined
    if (++this.steps > MAX_STEPS) throw new Error(`no end after ${MAX_STEPS} calls`)
    this.#take(this.#choose())
    const watched = this.watch()
    if (watched) watched.then(this.#next, this.#end?.reject)
    else this.#next()
  }

  /** Otherwise the order of the calls would depend on how fast this machine loads code. */
  #isEachWaiting(): boolean {
    return this.#working.values().every(worker => this.#waiting.some(turn => turn.worker === worker))
  }

  /** Ticks run before promises, so the next step is asked for by a promise: it comes when no promise can continue. */
  readonly #next = (): void => queueMicrotask(() => process.nextTick(this.#step))

  #waitForWorkers(): void {
    this.#idleSince ??= performance.now()
    if (performance.now() - this.#idleSince > MAX_IDLE_MS)
      throw new Error(`${this.working.map(({ name }) => name)} wait for something but the store`)
    setImmediate(this.#step)
  }

  /** Any call of a worker that is awake; the one that wakes first when none is. */
  #choose(): Turn {
    const awake: number[] = []
    let first = 0
    for (const [index, turn] of this.#waiting.entries()) {
      if (turn.asleep === 0) awake.push(index)
      else if (turn.asleep < FROZEN) turn.asleep--
      if (turn.asleep < (this.#waiting[first] as Turn).asleep) first = index
    }
    const chosen = awake.length > 0 ? this.random.pick(awake) : first
    return this.#waiting.splice(chosen, 1)[0] as Turn
  }

  #take({ worker, name, effect, resolve, reject }: Turn): void {
    const { faults } = worker
    const isKilled = this.#chance(faults.killed)
    try {
      if (isKilled && this.random.chance(0.5)) return
      if (this.#chance(faults.refused)) throw unavailable(name, 'is refused')
      const lost = this.#chance(faults.lost)
      const result = this.#do(worker, name, effect)
      if (lost) throw unavailable(name, 'has no answer')
      if (!isKilled) resolve(result as never)
    } catch (error) {
      // What a law says ends the history.
      if (!(error instanceof CodedError)) throw error
      this.trace?.push(`${worker.name} ${error.message}`)
      if (!isKilled) reject(error)
    } finally {
      if (isKilled) this.kill(worker)
    }
  }

  #do(worker: SimulatedWorker, name: string, effect: () => unknown): unknown {
    const result = effect()
    this.trace?.push(`${worker.name} ${name}${result === false || result === undefined ? ` → ${result}` : ''}`)
    return result
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.random.chance(probability)
  }
}

function unavailable(call: string, outcome: string): CodedError {
  return new CodedError('STORE_UNAVAILABLE', `${call}: ${outcome}`, { retryable: true })
}
