import { CodedError } from '../error.ts'

/** The fields in which the platforms' contexts tell the time. Each platform sets only its own. */
interface TimedContext {
  /** AWS Lambda; also Tencent SCF, where some samples show a number. */
  getRemainingTimeInMillis?: (() => number) | number
  /** FunctionGraph. Source: FunctionGraph Developer Guide, "Using the FunctionGraph context". */
  getRemainingTimeInMilliSeconds?: (() => number) | number
  /** Tencent SCF: the time limit of the whole invocation. */
  time_limit_in_ms?: number
  /** Alibaba Function Compute: the time limit of the whole invocation, in seconds. Source: Function Compute, "Context". */
  function?: { timeout?: number } | null
}

/**
 * How long an invocation that has just begun may run, in milliseconds. A time that is already over is 0.
 *
 * Text is refused even if it consists of digits: no platform documents it, and a unit or a format that was guessed wrong would
 * cut an invocation short without a word.
 *
 * @throws CodedError `EVENT_UNKNOWN` when its context doesn't say, or says something that is no finite number
 */
export function remainingMs(context: unknown): number {
  const [field, value] = statedTime((context ?? {}) as TimedContext)
  if (typeof value === 'number' && Number.isFinite(value)) return Math.max(value, 0)
  const found = value === undefined ? 'is missing' : `is ${typeof value === 'number' ? value : `a ${typeof value}`}`
  throw new CodedError(
    'EVENT_UNKNOWN',
    `The context of the invocation does not say how long it may run: ${field} ${found}, not a number.`,
  )
}

/** The field that tells the time, and its value in milliseconds. */
function statedTime(context: TimedContext): [field: string, value: unknown] {
  const { getRemainingTimeInMillis: millis, getRemainingTimeInMilliSeconds: milliSeconds } = context
  const seconds: unknown = context.function?.timeout
  const stated: [string, unknown][] = [
    ['getRemainingTimeInMillis', typeof millis === 'function' ? millis.call(context) : millis],
    ['getRemainingTimeInMilliSeconds', typeof milliSeconds === 'function' ? milliSeconds.call(context) : milliSeconds],
    ['time_limit_in_ms', context.time_limit_in_ms],
    ['function.timeout', typeof seconds === 'number' ? seconds * 1000 : seconds],
  ]
  return stated.find(([, value]) => value !== undefined && value !== null) ?? ['getRemainingTimeInMillis', undefined]
}
