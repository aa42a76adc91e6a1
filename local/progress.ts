import { styleText } from 'node:util'
import ora, { type Ora } from 'ora'

/** Reports what the local stack is doing. */
export interface Progress {
  /**
   * Shows an activity until the returned function is called.
   *
   * @param isLong whether it is told where there is no spinner, too
   */
  begin(activity: string, isLong?: boolean): () => void
  /** A step is done: its name, its address or version, and how long it took. */
  done(step: string, detail: string, milliseconds: number): void
}

/** Reports nothing. */
export const silent: Progress = { begin: () => () => {}, done() {} }

/** One line per step on standard output; on a terminal also a spinner that names the current activity. */
class TerminalProgress implements Progress {
  readonly #active = new Set<string>()
  #spinner: Ora | undefined

  begin(activity: string, isLong = false): () => void {
    if (!hasSpinner()) {
      if (isLong) console.log(styleText('dim', `  ${activity} …`))
      return () => {}
    }
    this.#active.add(activity)
    this.#show()
    return () => {
      this.#active.delete(activity)
      this.#show()
    }
  }

  done(step: string, detail: string, milliseconds: number): void {
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`
    this.#spinner?.clear()
    console.log(`${styleText('green', '✓')} ${step.padEnd(24)}  ${detail.padEnd(24)}  ${styleText('dim', seconds)}`)
  }

  #show(): void {
    const text = Array.from(this.#active).join(', ')
    if (text === '') {
      this.#spinner?.stop()
      this.#spinner = undefined
      return
    }
    // Without `discardStdin`, it would take Ctrl-C from the process.
    this.#spinner ??= ora({ discardStdin: false, stream: process.stdout }).start()
    this.#spinner.text = `${text} …`
  }
}

export const terminal: Progress = new TerminalProgress()

/**
 * The log of a build would only get the characters that move the cursor. On a terminal that doesn't know its width, ora clears
 * lines without end: it divides by that width.
 */
function hasSpinner(): boolean {
  return process.stdout.isTTY === true && process.stdout.columns > 0 && !process.env.CI
}

/** Runs something, and reports when it is done. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  const end = terminal.begin(name)
  try {
    const result = await run()
    end()
    terminal.done(name, '', Date.now() - begin)
    return result
  } finally {
    end()
  }
}
