import { exitCodes } from './exit-codes.ts'

/**
 * Ctrl-C while a command runs. It ends the process at once with the exit code that shells expect, unless the command has asked for
 * the signal to end by itself; a second Ctrl-C ends the process then as well.
 */
export class Interruption {
  readonly #controller = new AbortController()
  #isAsked = false
  readonly #onSignal = () => {
    process.exitCode = exitCodes.interrupted.code
    if (!this.#isAsked || this.#controller.signal.aborted) process.exit()
    this.#controller.abort()
  }

  constructor() {
    process.on('SIGINT', this.#onSignal)
  }

  /** Whether Ctrl-C was pressed. */
  get isInterrupted(): boolean {
    return this.#controller.signal.aborted
  }

  /** From now on, Ctrl-C aborts the signal in place of ending the process. */
  signal(): AbortSignal {
    this.#isAsked = true
    return this.#controller.signal
  }

  [Symbol.dispose]() {
    process.off('SIGINT', this.#onSignal)
  }
}
