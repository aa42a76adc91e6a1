/** Milliseconds between two states of the line. */
const PAUSE_MS = 200

/** A line on a terminal that is overwritten as work continues; nothing where standard error is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #shown = 0

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
  }

  /** @param text makes the text; it is asked only when the line is written */
  show(text: (columns: number) => string) {
    const now = Date.now()
    if (!this.#stream.isTTY || now - this.#shown < PAUSE_MS) return
    this.#shown = now
    const columns = this.#stream.columns - 1
    this.#stream.write(`\r\x1b[K${text(columns).slice(0, columns)}`)
  }

  /** Before something else is printed. */
  clear() {
    if (this.#shown > 0) this.#stream.write('\r\x1b[K')
    this.#shown = 0
  }
}
