import { CodedError } from '../error.ts'

/** The fields in which the platforms' contexts tell the time. Each platform sets only its own. */
interface TimedContext {
  /** AWS Lambda; also Tencent SCF, where some samples show a number. */
  getRemainingTimeInMillis?: (() => number) | number
  /** FunctionGraph. Source: FunctionGraph Developer Guide, "Using the FunctionGraph context". */
  getRemainingTimeInMilliSeconds?: () => number
  /** Tencent SCF: the time limit of the whole invocation. */
  time_limit_in_ms?: number
  /** Alibaba Function Compute: the time limit of the whole invocation, in seconds. Source: Function Compute, "Context". */
  function?: { timeout?: number }
}

/**
 * How long an invocation that has just begun may run, in milliseconds.
 *
 * @throws CodedError `EVENT_UNKNOWN` when its context doesn't say
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
