/** A timer of the virtual clock. */
interface Timer {
  at: number
  run: () => void
}

/** Turns of the real event loop without any virtual timer after which the work counts as stuck. */
const PATIENCE_TURNS = 10_000

/**
 * A clock that jumps from timer to timer, so that a test of minutes takes milliseconds and doesn't depend on the machine. It
 * replaces `setTimeout`, `clearTimeout`, `Date.now` and `performance.now` while work runs, and `Math.random`, so that a run is the
 * same each time. What the work awaits must be timers and promises: files and threads take real time.
 */
export class VirtualTime {
  /** In milliseconds since the epoch. */
  now = 1_800_000_000_000
  readonly #timers: Timer[] = []
  #random = 1

  /** Runs the work, and everything that it has left behind, until it settles. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const restore = this.#install()
    try {
      let settled = false
      const outcome = work().finally(() => {
        settled = true
      })
      outcome.catch(() => {})
      for (let idle = 0; !settled; ) {
        await new Promise(resolve => setImmediate(resolve))
        if (settled) break
        idle = this.#advance() ? 0 : idle + 1
        if (idle > PATIENCE_TURNS) throw new Error('The work waits for something that is neither a timer nor a promise')
      }
      return await outcome
    } finally {
      restore()
    }
  }

  /** The number of timers that have not fired. */
  get pending(): number {
    return this.#timers.length
  }

  /** Source: Park and Miller, "Random number generators: good ones are hard to find". */
  #nextRandom(): number {
    this.#random = (this.#random * 16_807) % (2 ** 31 - 1)
    return this.#random / (2 ** 31 - 1)
  }

  /** Fires the next timer. */
  #advance(): boolean {
    const timer = this.#timers.shift()
    if (!timer) return false
    this.now = Math.max(this.now, timer.at)
    timer.run()
    return true
  }

  #install(): () => void {
    const { setTimeout, clearTimeout } = globalThis
    const { now } = Date
    const performanceNow = performance.now
    const { random } = Math
    const timers = this.#timers
    globalThis.setTimeout = ((run: () => void, ms = 0) => {
      const timer = { at: this.now + Math.max(ms, 0), run }
      const index = timers.findLastIndex(({ at }) => at <= timer.at)
      timers.splice(index + 1, 0, timer)
      return timer
    }) as unknown as typeof setTimeout
    globalThis.clearTimeout = ((timer: Timer) => {
      const index = timers.indexOf(timer)
      if (index >= 0) timers.splice(index, 1)
    }) as unknown as typeof clearTimeout
    Date.now = () => this.now
    performance.now = () => this.now
    Math.random = () => this.#nextRandom()
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout })
      Date.now = now
      performance.now = performanceNow
      Math.random = random
    }
  }
}
