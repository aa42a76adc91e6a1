import { setTimeout as sleep } from 'node:timers/promises'

/** Keeps to a number of records a second. */
export class Pace {
  readonly #rate: number | undefined
  readonly #signal: AbortSignal
  #next = 0

  /** @param rate records a second; undefined: no limit */
  constructor(rate: number | undefined, signal: AbortSignal) {
    this.#rate = rate
    this.#signal = signal
  }

  /** How many records may be taken at once: those of a second, so that the pace is even. */
  most(records: number): number {
    return this.#rate === undefined ? records : Math.max(1, Math.min(records, Math.floor(this.#rate)))
  }

  /** Waits until so many more records may begin; ends early when the signal aborts. */
  async wait(records: number): Promise<void> {
    if (this.#rate === undefined) return
    const now = performance.now()
    const begin = Math.max(now, this.#next)
    this.#next = begin + (records / this.#rate) * 1_000
    if (begin > now) await sleep(begin - now, undefined, { signal: this.#signal }).catch(() => undefined)
  }
}
