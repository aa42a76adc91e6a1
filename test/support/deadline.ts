import { setTimeout as sleep } from 'node:timers/promises'

/** Shorter than a test's own limit, so that the test says what it waited for and can still clean up. */
const PATIENCE_MS = 90_000

/**
 * Resolves to what `promise` resolves to.
 *
 * @param progress says how far it has come
 * @throws {Error} with `progress` when it takes longer than a test may wait
 */
export async function inTime<Value>(promise: Promise<Value>, progress: () => string): Promise<Value> {
  const done = new AbortController()
  const tooLong = sleep(PATIENCE_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`${progress()} after ${PATIENCE_MS / 1000} s`)
  })
  try {
    return await Promise.race([promise, tooLong])
  } finally {
    done.abort()
    tooLong.catch(() => {})
  }
}
