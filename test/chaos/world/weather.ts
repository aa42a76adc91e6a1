export type Way = 'requests' | 'answers'

/** What a network does at the moment to everything that passes a proxy. */
export class Weather {
  /** Milliseconds. */
  delayMs = 0
  /** How many pieces of data have come, in both directions. */
  pieces = 0
  swallows: Record<Way, boolean> = { requests: false, answers: false }
  #bytesPerSecond = Number.POSITIVE_INFINITY
  /** When the line of each direction has carried what was given to it, on the clock of `performance.now()`. */
  readonly #carriedAt: Record<Way, number> = { requests: 0, answers: 0 }

  /** @param bytesPerSecond of each direction, shared by all connections */
  limit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  clear(): void {
    this.delayMs = 0
    this.swallows = { requests: false, answers: false }
    this.#bytesPerSecond = Number.POSITIVE_INFINITY
    Object.assign(this.#carriedAt, { requests: 0, answers: 0 })
  }

  /** @returns when so many bytes arrive that are sent now, on the clock of `performance.now()` */
  arrivalOf(way: Way, bytes: number): number {
    const now = performance.now()
    if (this.#bytesPerSecond < Number.POSITIVE_INFINITY)
      this.#carriedAt[way] = Math.max(now, this.#carriedAt[way]) + (bytes / this.#bytesPerSecond) * 1000
    return Math.max(now, this.#carriedAt[way]) + this.delayMs
  }
}
