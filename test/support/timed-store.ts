import { CodedError } from '../../lib/error.ts'
import type { StoredObject } from '../../lib/s3/store.ts'

/** What becomes of a request to a store: when it is answered, in milliseconds, and how. */
export interface Answer {
  /** Absent: never. */
  afterMs?: number
  error?: CodedError
}

export const unavailable = new CodedError('STORE_UNAVAILABLE', 'Slow Down', { retryable: true })

/** A store that takes its time. It counts requests, and keeps the keys that it has stored. */
export class TimedStore {
  requests = 0
  /** How often each object was stored. */
  readonly stored = new Map<string, number>()
  /** When each object was first requested, since this was last cleared. */
  readonly begun = new Map<string, number>()
  /** Objects that were refused for good. */
  readonly refused = new Set<string>()
  readonly #answer: (key: string) => Answer

  /** @param answer how it answers a request that begins now */
  constructor(answer: (key: string) => Answer) {
    this.#answer = answer
  }

  readonly put = ({ key }: Pick<StoredObject, 'key'>, { signal }: { signal?: AbortSignal } = {}): Promise<void> => {
    this.requests += 1
    if (!this.begun.has(key)) this.begun.set(key, Date.now())
    const { afterMs, error } = this.#answer(key)
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer)
        reject(new CodedError('STORE_UNAVAILABLE', 'the attempt timed out', { retryable: true }))
      }
      const end = () => {
        signal?.removeEventListener('abort', abort)
        if (error?.retryable === false) this.refused.add(key)
        if (error) return reject(error)
        this.stored.set(key, (this.stored.get(key) ?? 0) + 1)
        resolve()
      }
      const timer = afterMs === undefined ? undefined : setTimeout(end, afterMs)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort)
    })
  }
}
