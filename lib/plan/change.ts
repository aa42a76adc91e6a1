import { isDeepStrictEqual } from 'node:util'
import { isIntrinsic } from '../cloudformation/intrinsic.ts'

/**
 * What becomes of something:
 *
 * - `add`, `change`, `remove`: the deployment does that.
 * - `caution`: it does that, and someone should read what follows from it.
 * - `refused`: it can't be done in place, so the deployment fails or would do harm.
 * - `note`: the deployment leaves it as it is.
 */
export const marks = ['add', 'change', 'remove', 'caution', 'refused', 'note'] as const

export type Mark = (typeof marks)[number]

/** One line of a plan, in the words of a declaration. */
export interface Change {
  mark: Mark
  /** What it is about, such as `mapping refunds` or `window`. */
  what: string
  /** The key that declares it, from the connector's name on, such as `batch.windowSeconds`. */
  key?: string
  /** The value that is deployed; absent where it is not set, or must not be shown. */
  from?: string
  /** The value that is declared; absent where it is not set, or must not be shown. */
  to?: string
  /** The unit of both values. */
  unit?: string
  /** What follows from it, and what to do. */
  note?: string
}

/** Whether a deployment would do something, or fail over it. */
export function isPending({ mark }: Change): boolean {
  return mark !== 'note'
}

/** Keys whose changes are shown by a plainer name, and the unit of their values. */
const plainNames: Record<string, { what: string; unit?: string }> = {
  'batch.size': { what: 'batch', unit: 'records' },
  'batch.windowSeconds': { what: 'window', unit: 's' },
  memorySize: { what: 'memory', unit: 'MB' },
  timeoutSeconds: { what: 'timeout', unit: 's' },
  logRetentionDays: { what: 'log is kept', unit: 'days' },
  'alarms.lag': { what: 'alarm Lag at', unit: 'records' },
  'retries.maximumRecordAgeSeconds': { what: 'retries.maximumRecordAgeSeconds', unit: 's' },
}

/** A changed value of a key. */
export function changeOf(key: string, from: unknown, to: unknown, more: Partial<Change> = {}): Change {
  const values = { from: textOf(from), to: textOf(to) }
  return { mark: 'change', what: key, key, ...plainNames[key], ...values, ...more }
}

/** The most characters of a value in a line. */
const MAX_SHOWN = 80

/** A value as a person would write it, shortened; undefined for none. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const text = isIntrinsic(value)
    ? intrinsicText(value)
    : Array.isArray(value) && value.every(part => typeof part !== 'object' || isIntrinsic(part))
      ? value.map(textOf).join(', ')
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text
}

function intrinsicText(value: Record<string, unknown>): string {
  const [name = '', argument] = Object.entries(value)[0] ?? []
  const shown =
    Array.isArray(argument) && argument.every(part => typeof part === 'string') ? argument.join('.') : argument
  return `!${name.replace('Fn::', '')} ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`
}

/** Whether two parts of templates say the same. One may have been through JSON, which has no undefined. */
export function isSame(first: unknown, second: unknown): boolean {
  return isDeepStrictEqual(plain(first), plain(second))
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** Each line once, in the order of their first occurrence: many topics have mappings with the same change. */
export function withoutRepeats(changes: Change[]): Change[] {
  return [...new Map(changes.map(change => [JSON.stringify(change), change])).values()]
}
