/**
 * Bytes that everything that is being written may hold. Whoever needs some waits for its turn, so that units that are compacted
 * at the same time never hold more together than one alone.
 */
export class HeldMemory {
  readonly #most: number
  #held = 0
  readonly #waiting: { bytes: number; enter: () => void }[] = []

  constructor(most: number) {
    this.#most = most
  }

  get most(): number {
    return this.#most
  }

  /**
   * Waits until so many bytes are free; more than there are count as all of them.
   *
   * @returns gives them back
   */
  async take(bytes: number): Promise<() => void> {
    const needed = Math.min(bytes, this.#most)
    if (this.#waiting.length > 0 || this.#held + needed > this.#most) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push({ bytes: needed, enter: resolve })
      await promise
    } else this.#held += needed
    return () => {
      this.#held -= needed
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#held + next.bytes <= this.#most; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#held += next.bytes
      next.enter()
    }
  }
}
