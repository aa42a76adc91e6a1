import pRetry from 'p-retry'
import { asCodedError } from './error.ts'

/** First pause between attempts in milliseconds; it doubles, with jitter of up to the same again. */
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000

/**
 * Repeats an attempt while its error is retryable and time remains.
 *
 * @param deadline when the last attempt must have ended, in milliseconds since the epoch
 * @param attempt gets a signal that aborts at the deadline, so that a hanging peer can't eat the rest of the invocation
 * @throws CodedError of the last attempt
 */
export function retryUntil<T>(
  deadline: number,
  attempt: (signal: AbortSignal) => Promise<T>,
  onRetry: (error: Error) => void,
): Promise<T> {
  const remaining = () => Math.max(Math.ceil(deadline - Date.now()), 1)
  return pRetry(
    () =>
      attempt(AbortSignal.timeout(remaining())).catch(error => {
        throw asCodedError(error)
      }),
    {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      maxRetryTime: remaining(),
      shouldRetry: ({ error }) => asCodedError(error).retryable,
      onFailedAttempt: ({ error }) => {
        if (asCodedError(error).retryable) onRetry(error)
      },
    },
  )
}
