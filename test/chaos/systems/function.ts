import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { Instance, type InstanceOptions } from './instance.ts'
import type { Victim } from './system.ts'

export interface FunctionOptions extends Pick<InstanceOptions, 'file' | 'onLine'> {
  kind: 'function' | 'job'
  environment: Record<string, string>
  /** How long an invocation may take, in milliseconds, on a machine that is fast enough: see {@link TIMEOUTS_IN_A_ROW}. */
  limitMs: number
}

/** Two cores have no more to give to one function, and instances take 100 MB each. Further calls wait for their turn. */
const INSTANCES = 2

/**
 * How long the start of an instance may take, which is no part of the first invocation. Lambda gives 10 s, and a processor: here
 * dozens of processes share two. Source: AWS Lambda Developer Guide, "Init phase".
 */
const INIT_MS = 60_000

/** After so many calls in a row whose time was over, longer than any fault lasts, calls get twice the time: the machine is slow. */
const TIMEOUTS_IN_A_ROW = 6

const TIMED_OUT = Symbol()

/**
 * A function as Lambda runs it: each call gets an instance to itself, which is started when none is idle and kept for later
 * calls. A call that takes too long fails, and its instance is killed, unless it is frozen: then it is left as it is, and
 * continues with its work when it is thawed, beside the instance that has followed it.
 */
export class FunctionUnderTest implements Victim {
  readonly kind: 'function' | 'job'
  hits = 0
  readonly #options: FunctionOptions
  readonly #turns = pLimit(INSTANCES)
  readonly #instances = new Set<Instance>()
  /** Those that no call waits for any more. */
  readonly #zombies = new Set<Instance>()
  #environment: Record<string, string>
  #skewMs = 0
  #isStopped = false
  #limitMs: number
  #timeouts = 0

  constructor(options: FunctionOptions) {
    this.kind = options.kind
    this.#limitMs = options.limitMs
    this.#options = options
    this.#environment = options.environment
  }

  /** @throws what the function throws, that its process has ended, or that its time is over */
  invoke(payload: Uint8Array): Promise<unknown> {
    return this.#turns(() => this.#invoke(payload))
  }

  /** Lets all instances end after their call, and starts the next ones with other variables: a deployment. */
  deploy(changes: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...changes }
    for (const instance of this.#instances) {
      this.#instances.delete(instance)
      void this.#retire(instance)
    }
  }

  async kill(): Promise<void> {
    this.#countHits()
    await Promise.all([...this.#instances].map(instance => this.#end(instance)))
  }

  freeze(): void {
    this.#countHits()
    for (const instance of this.#instances) instance.freeze()
  }

  thaw(): void {
    for (const instance of this.#instances) instance.thaw()
    for (const zombie of this.#zombies) {
      zombie.thaw()
      void this.#retire(zombie)
    }
  }

  skewClock(skewMs: number): void {
    this.#skewMs = skewMs
    for (const instance of this.#instances) instance.skewClock(skewMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#instances, ...this.#zombies].map(instance => this.#end(instance)))
  }

  async #invoke(payload: Uint8Array): Promise<unknown> {
    if (this.#isStopped) throw new Error('the function has been deleted')
    const limitMs = this.#limitMs
    const idle = this.#idle()
    const instance = idle ?? this.#start()
    // It was frozen while it had nothing to do.
    if (instance.isFrozen) this.hits += 1
    try {
      if (!idle) await this.#within(INIT_MS, instance, instance.initialized())
      const response = await this.#within(limitMs, instance, instance.invoke(payload, Date.now() + limitMs))
      this.#timeouts = 0
      return response
    } finally {
      if (!instance.isAlive) this.#instances.delete(instance)
    }
  }

  /** @throws when that takes longer, in milliseconds; the instance has no other work then */
  async #within<T>(limitMs: number, instance: Instance, work: Promise<T>): Promise<T> {
    const done = new AbortController()
    const limit = sleep(limitMs, TIMED_OUT, done)
    limit.catch(() => {})
    try {
      const result = await Promise.race([work, limit])
      if (result !== TIMED_OUT) return result as T
      work.catch(() => {})
      this.#countTimeout()
      await this.#abandon(instance)
      throw new Error(`Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`)
    } finally {
      done.abort()
    }
  }

  #countHits() {
    this.hits += [...this.#instances].filter(({ isBusy, isAlive }) => isBusy && isAlive).length
  }

  #countTimeout() {
    this.#timeouts += 1
    if (this.#timeouts < TIMEOUTS_IN_A_ROW) return
    this.#timeouts = 0
    this.#limitMs *= 2
  }

  #idle(): Instance | undefined {
    return [...this.#instances].find(({ isBusy, isAlive }) => !isBusy && isAlive)
  }

  #start(): Instance {
    const { file, onLine } = this.#options
    const instance = new Instance({ file, onLine, environment: this.#environment, skewMs: this.#skewMs })
    this.#instances.add(instance)
    return instance
  }

  async #abandon(instance: Instance): Promise<void> {
    if (!instance.isFrozen) return await this.#end(instance)
    this.#instances.delete(instance)
    this.#zombies.add(instance)
  }

  /** Lets an instance finish what it is doing, at most as long as a call may take, and ends it. */
  async #retire(instance: Instance): Promise<void> {
    this.#zombies.add(instance)
    const deadline = performance.now() + this.#limitMs
    while (instance.isBusy && instance.isAlive && performance.now() < deadline) await sleep(RETIRE_LOOK_MS)
    await this.#end(instance)
  }

  async #end(instance: Instance): Promise<void> {
    await instance.kill()
    this.#instances.delete(instance)
    this.#zombies.delete(instance)
  }
}

/** How often an instance that is to end is looked at, in milliseconds. */
const RETIRE_LOOK_MS = 50
