import { CodedError } from '../error.ts'

/** What the platforms' contexts say of time, each in its own words. Seen on one platform, all others are absent. */
interface TimedContext {
  /** AWS Lambda; Tencent SCF, where samples have it as a number, too. */
  getRemainingTimeInMillis?: (() => number) | number
  /** FunctionGraph. Source: FunctionGraph Developer Guide, "Using the FunctionGraph context". */
  getRemainingTimeInMilliSeconds?: () => number
  /** Tencent SCF: what the whole invocation may take. */
  time_limit_in_ms?: number
  /** Alibaba Function Compute: seconds that the whole invocation may take. Source: Function Compute, "Context". */
  function?: { timeout?: number }
}

/**
 * How long an invocation that has just begun may run, in milliseconds.
 *
 * @throws CodedError `EVENT_UNKNOWN` when its context doesn't tell
 */
export function remainingMs(context: unknown): number {
  const known = (context ?? {}) as TimedContext
  const { getRemainingTimeInMillis: millis, function: { timeout } = {} } = known
  const remaining =
    (typeof millis === 'function' ? millis.call(known) : millis) ??
    known.getRemainingTimeInMilliSeconds?.() ??
    known.time_limit_in_ms ??
    (timeout && timeout * 1000)
  if (remaining !== undefined) return remaining
  throw new CodedError('EVENT_UNKNOWN', 'The context of the invocation does not say how long it may run.')
}
