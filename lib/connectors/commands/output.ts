import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Whoever reads the output has closed it: `| head` has seen enough. */
const CLOSED = 'EPIPE'

/** Output that may be much: it waits for its reader, and ends quietly when the reader does. */
export class Output {
  readonly #stream: Writable & { isTTY?: boolean; rows?: number; columns?: number }
  #error: NodeJS.ErrnoException | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    // For the rest of the process: what the framework prints behind a command has no reader either.
    stream.on('error', error => {
      this.#error ??= error
    })
  }

  /** The height of the terminal now; undefined where the output is none. */
  get rows(): number | undefined {
    return this.#stream.isTTY ? this.#stream.rows : undefined
  }

  /** The width of the terminal now; undefined where the output is none. */
  get columns(): number | undefined {
    return (this.#stream.isTTY && this.#stream.columns) || undefined
  }

  /**
   * Writes text or bytes.
   *
   * @returns false when nobody reads any more
   * @throws any error but that
   */
  async write(content: string | Buffer): Promise<boolean> {
    if (!this.#error && !this.#stream.write(content)) await once(this.#stream, 'drain').catch(() => {})
    if (!this.#error) return true
    if (this.#error.code !== CLOSED) throw this.#error
    return false
  }
}
