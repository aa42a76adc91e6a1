import pRetry from 'p-retry'
import { asCodedError, type CodedError } from './error.ts'

/** First pause between attempts, in milliseconds. It doubles each time; random jitter adds up to the same length again. */
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 10_000

/** The share of the remaining time that an attempt gets, so that a peer that hangs leaves time for another attempt. */
const ATTEMPT_SHARE = 0.5
const SHORTEST_ATTEMPT_MS = 1_000

/**
 * Repeats an attempt while its error is retryable and time remains. An attempt that timed out does not know the cause, so it
 * fails with the error of the last attempt that ended in time, if any did.
 *
 * @param deadline when the last attempt has to end, in milliseconds since the epoch
 * @param attempt receives a signal that aborts when its share of the time is used up
 * @param onRetry receives the error of each attempt that is repeated
 * @throws CodedError of the last attempt
 */
export function retryUntil<T>(
  deadline: number,
  attempt: (signal: AbortSignal) => Promise<T>,
  onRetry?: (error: Error) => void,
): Promise<T> {
  let known: CodedError | undefined
  return pRetry(
    async () => {
      const signal = AbortSignal.timeout(attemptTime(deadline))
      try {
        return await attempt(signal)
      } catch (thrown) {
        const error = asCodedError(thrown)
        if (!signal.aborted) known = error
        throw error.retryable ? (known ?? error) : error
      }
    },
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: MAX_PAUSE_MS,
      randomize: true,
      maxRetryTime: timeLeft(deadline),
      // Not `onFailedAttempt`, which is also called when no time is left for another attempt.
      shouldRetry: ({ error }) => {
        const { retryable } = asCodedError(error)
        if (retryable) onRetry?.(error)
        return retryable
      },
    },
  )
}

function timeLeft(deadline: number): number {
  return Math.max(Math.ceil(deadline - Date.now()), 1)
}

function attemptTime(deadline: number): number {
  const left = timeLeft(deadline)
  return Math.min(left, Math.max(Math.ceil(left * ATTEMPT_SHARE), SHORTEST_ATTEMPT_MS))
}
