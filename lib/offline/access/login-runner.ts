import { setTimeout as sleep } from 'node:timers/promises'
import { NO_RECORDS, type Runner } from '../mapping/mappings.ts'

/** From one attempt to read the secrets to the next: each attempt repeats its requests for some time. */
const PAUSE_MS = 2_000

/** Runs a mapping as soon as its secrets can be read. */
export class LoginRunner implements Runner {
  readonly #logIn: () => Promise<Runner>
  readonly #onTrouble: (reason: string) => void
  readonly #stopping = new AbortController()
  #runner: Runner | undefined
  #trouble: string | undefined

  /**
   * @param logIn reads the secrets, and creates what runs the mapping with them
   * @param onTrouble called when they can't be read, once for each reason
   */
  constructor(logIn: () => Promise<Runner>, onTrouble: (reason: string) => void) {
    this.#logIn = logIn
    this.#onTrouble = onTrouble
  }

  get lastResult(): string {
    if (this.#runner) return this.#runner.lastResult
    return this.#trouble === undefined ? NO_RECORDS : `PROBLEM: ${this.#trouble}`
  }

  async start(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const runner = await this.#logIn()
        if (signal.aborted) return
        this.#runner = runner
        return await runner.start()
      } catch (error) {
        const { message } = error as Error
        if (message !== this.#trouble && !signal.aborted) this.#onTrouble(message)
        this.#trouble = message
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#runner?.stop()
  }
}
