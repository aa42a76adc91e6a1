import { setTimeout as sleep } from 'node:timers/promises'
import type { StartedSystem } from './systems/system.ts'

const LOOK_MS = 250

/** Watches how far a system is, for its longest pause and for when it has caught up. */
export class Progress {
  readonly #system: StartedSystem
  readonly #ended = new AbortController()
  readonly #watching: Promise<void>
  #last = -1
  #since = performance.now()
  #longestMs = 0

  constructor(system: StartedSystem) {
    this.#system = system
    this.#watching = this.#watch()
  }

  /** The longest time without progress so far, in milliseconds. */
  get longestPauseMs(): number {
    return Math.max(this.#longestMs, performance.now() - this.#since)
  }

  /** What was before doesn't count as a pause: there was hardly anything to do. */
  begin(): void {
    this.#longestMs = 0
    this.#since = performance.now()
  }

  /** How far the system is. */
  get position(): number {
    return this.#last
  }

  /**
   * Waits until the system is here, and not further either: the positions of a topic that was created again begin at 0 again.
   *
   * @returns false when it stands still for longer than the limit, in milliseconds
   */
  async reaches(position: number, limitMs: number): Promise<boolean> {
    const began = performance.now()
    while (this.#last !== position) {
      if (performance.now() - Math.max(this.#since, began) > limitMs) return false
      await sleep(LOOK_MS)
    }
    return true
  }

  /** What follows doesn't count as a pause: there is nothing left to do. */
  async stop(): Promise<void> {
    this.#longestMs = this.longestPauseMs
    this.#since = Number.POSITIVE_INFINITY
    this.#ended.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const position = await this.#system.progress()
      if (position !== this.#last) {
        const now = performance.now()
        this.#longestMs = Math.max(this.#longestMs, now - this.#since)
        this.#since = now
        this.#last = position
      }
      await sleep(LOOK_MS, undefined, { signal: this.#ended.signal }).catch(() => {})
    }
  }
}
