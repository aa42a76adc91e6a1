import type { CommitStore } from '../../lib/commits/commit-store.ts'
import type { ObjectWriter } from '../../lib/s3/store.ts'

/** When a worker crashes: before or after the n-th call of the store, counted from 1. */
export interface CrashPoint {
  call: number
  after: boolean
}

/** What a worker that is gone throws at every call. */
export class Crash extends Error {}

/**
 * A store for one worker that crashes: its n-th call fails, before or after it takes effect, and every later one has no effect.
 * Counts the calls, so that a test knows how many points there are.
 */
export class CrashingStore implements CommitStore {
  calls = 0
  readonly #store: CommitStore
  readonly #crash: CrashPoint | undefined

  constructor(store: CommitStore, crash?: CrashPoint) {
    this.#store = store
    this.#crash = crash
  }

  get crashed(): boolean {
    return this.#crash !== undefined && this.calls >= this.#crash.call
  }

  async *list(prefix: string, range?: { after?: string; limit?: number }) {
    // A listing reads: before and after it are the same to everybody else.
    await this.#call(async () => undefined)
    yield* this.#store.list(prefix, range)
  }

  get = (key: string) => this.#call(() => this.#store.get(key))
  slice = (key: string, start: number, end?: number) => this.#call(() => this.#store.slice(key, start, end))
  head = (key: string) => this.#call(() => this.#store.head(key))
  create: CommitStore['create'] = object => this.#call(() => this.#store.create(object))
  put: CommitStore['put'] = object => this.#call(() => this.#store.put(object))
  delete = (keys: readonly string[]) => this.#call(() => this.#store.delete(keys))

  async *stream(key: string) {
    await this.#call(async () => undefined)
    yield* this.#store.stream(key)
  }

  open: CommitStore['open'] = (object): ObjectWriter => {
    const writer = this.#store.open(object)
    return {
      write: bytes => this.#call(() => writer.write(bytes)),
      close: () => this.#call(() => writer.close()),
      // Cleaning up is what a crash leaves undone; here it must not leak into the next history.
      abort: () => writer.abort(),
    }
  }

  async #call<T>(effect: () => Promise<T>): Promise<T> {
    this.calls++
    const { call = Number.POSITIVE_INFINITY, after = false } = this.#crash ?? {}
    if (this.calls > call || (this.calls === call && !after)) throw new Crash()
    const result = await effect()
    if (this.calls >= call) throw new Crash()
    return result
  }
}
