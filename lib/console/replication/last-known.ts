import { setTimeout as sleep } from 'node:timers/promises'
import type { ReplicationGap } from '../api/index.ts'

/** How long one question may take, in milliseconds: a cluster that is gone must not keep the page from what the other one says. */
const PATIENCE_MS = 8_000

/**
 * The answer to a question that is asked again and again. While there is no newer one, the last answer is kept: what a cluster
 * said last is what matters once it is gone.
 */
export class LastKnown<T> {
  value: T | undefined
  /** Why there is no newer value; undefined when there is. */
  problem: string | undefined
  /** When the value was found out, in milliseconds since the epoch. */
  time: number | undefined
  #asking: Promise<void> | undefined

  /** Asks again, unless the last question is still waiting. Never rejects; it takes {@link PATIENCE_MS} at most. */
  async refresh(ask: () => Promise<T>): Promise<void> {
    this.#asking ??= this.#ask(ask)
    const inTime = new AbortController()
    const tooLate = sleep(PATIENCE_MS, true, { signal: inTime.signal }).catch(() => false)
    if (await Promise.race([this.#asking.then(() => false), tooLate]))
      this.problem = `there was no answer within ${PATIENCE_MS / 1_000} s.`
    inTime.abort()
  }

  /** What is missing, in a sentence; undefined when everything is known. */
  gap(what: string): ReplicationGap | undefined {
    if (this.problem === undefined) return undefined
    return { sentence: `${what}: ${this.problem}`, shown: this.time ?? null }
  }

  async #ask(ask: () => Promise<T>): Promise<void> {
    try {
      this.value = await ask()
      this.time = Date.now()
      this.problem = undefined
    } catch (error) {
      this.problem = (error as Error).message
    }
    this.#asking = undefined
  }
}
