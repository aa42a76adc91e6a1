/**
 * A long text of Latin-1 characters that is written piece by piece. Each piece becomes bytes at once: as strings, all of them would
 * live until the last one is there, and the garbage collector would copy them twice.
 */
export class Latin1Text {
  #bytes: Buffer
  #length = 0

  /** @param likelyBytes of the whole text. Memory that isn't written to costs nothing; with less, the text is copied as it grows. */
  constructor(likelyBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(likelyBytes)
  }

  append(text: string): void {
    const end = this.#length + text.length
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.write(text, this.#length, 'latin1')
    this.#length = end
  }

  /** The bytes. Nothing can be appended afterwards. */
  take(): Buffer {
    return Buffer.from((this.#bytes.buffer as ArrayBuffer).transfer(this.#length))
  }

  #grow(least: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
