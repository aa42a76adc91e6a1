import { asCodedError, type CodedError } from './error.ts'

/** First pause between attempts, in milliseconds. It doubles each time; random jitter adds up to the same length again. */
const FIRST_PAUSE_MS = 200
const MAX_PAUSE_MS = 10_000

/**
 * The longest pause as a share of the time that is left, so that a peer that recovers late is still noticed: without it a pause
 * of ten seconds could take all the time there is.
 */
const PAUSE_SHARE = 0.25

/** The share of the remaining time that a request gets, so that a peer that hangs leaves time for another attempt. */
const ATTEMPT_SHARE = 0.5
const SHORTEST_ATTEMPT_MS = 1_000

/**
 * Repeats a request while its error is retryable and time remains. Each attempt gets a share of the time, so that a peer that
 * hangs doesn't use it all. Only for requests that a healthy peer answers within a fraction of it.
 *
 * @param deadline when the last attempt has to end, in milliseconds since the epoch
 * @param attempt receives a signal that aborts when its share of the time is used up
 * @param onRetry receives the error of each attempt that is repeated
 * @throws CodedError of the last attempt
 */
export function retryUntil<T>(
  deadline: number,
  attempt: (signal: AbortSignal) => Promise<T>,
  onRetry?: (error: CodedError) => void,
): Promise<T> {
  return repeatUntil(deadline, () => AbortSignal.timeout(attemptTime(deadline)), attempt, onRetry)
}

/**
 * Repeats an attempt while its error is retryable and time remains. An attempt that timed out does not know the cause, so it
 * fails with the error of the last attempt that ended in time, if any did.
 *
 * @param deadline when the last attempt has to end, in milliseconds since the epoch
 * @param signalOf the signal that ends an attempt, called at the beginning of each
 * @param onRetry receives the error of each attempt that is repeated
 * @throws CodedError of the last attempt
 */
export async function repeatUntil<T>(
  deadline: number,
  signalOf: () => AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
  onRetry?: (error: CodedError) => void,
): Promise<T> {
  let known: CodedError | undefined
  for (let repetition = 0; ; repetition++) {
    const signal = signalOf()
    try {
      return await attempt(signal)
    } catch (thrown) {
      const error = asCodedError(thrown)
      if (!signal.aborted) known = error
      if (!error.retryable) throw error
      const pause = pauseMs(repetition, deadline - Date.now())
      if (pause === undefined) throw known ?? error
      onRetry?.(known ?? error)
      await sleep(pause)
    }
  }
}

/** Undefined when no time is left for another attempt. */
function pauseMs(repetition: number, left: number): number | undefined {
  if (left <= FIRST_PAUSE_MS) return undefined
  const backoff = FIRST_PAUSE_MS * 2 ** repetition * (1 + Math.random())
  return Math.min(backoff, MAX_PAUSE_MS, Math.max(left * PAUSE_SHARE, FIRST_PAUSE_MS))
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

function attemptTime(deadline: number): number {
  const left = Math.max(Math.ceil(deadline - Date.now()), 1)
  return Math.min(left, Math.max(Math.ceil(left * ATTEMPT_SHARE), SHORTEST_ATTEMPT_MS))
}
