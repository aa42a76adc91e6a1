import type { Advance, StreamingContext } from './command.ts'

/** Milliseconds between two states of the line. */
const PAUSE_MS = 200

/** Columns of a text for somebody who has no terminal. */
const TOLD_COLUMNS = 120

/** Where a command shows how far it is. */
export interface Progress {
  /**
   * @param text makes the text; it is asked only when the line is written
   * @param amount how much is done, for those who draw it in another way; asked only then
   */
  show(text: (columns: number) => string, amount: () => Omit<Advance, 'text'>): void
  /** Before something else is printed, and at the end. */
  clear(): void
}

/** A line on a terminal that is overwritten as work continues; nothing where standard error is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #shown = 0

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
  }

  /** A line for a command that prints all the time: nothing where it would stand between its results. */
  static besideResults(): Pick<ProgressLine, 'show' | 'clear'> {
    return process.stdout.isTTY ? { show() {}, clear() {} } : new ProgressLine()
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

/** Where a command shows its progress: to the caller if it asked for it, and otherwise as a line on the terminal. */
export function progressOf({ advance }: Pick<StreamingContext, 'advance'>): Progress {
  return advance ? toldTo(advance) : new ProgressLine()
}

function toldTo(advance: (progress: Advance) => void): Progress {
  let told = 0
  return {
    show(text, amount) {
      const now = Date.now()
      if (now - told < PAUSE_MS) return
      told = now
      advance({ ...amount(), text: text(TOLD_COLUMNS) })
    },
    clear() {},
  }
}
