import type { RecordHeader } from '../../record.ts'

/** What an object of Aiven's sink has of a record: the fields that its configuration names. */
export interface AivenRecord {
  key?: Buffer | null
  value?: Buffer | null
  offset?: number
  /** Milliseconds since the epoch. */
  timestamp?: number
  headers?: RecordHeader[]
}

/** Digits of a year in the longest form that JavaScript reads. */
const YEAR_DIGITS = 6

/**
 * Milliseconds of a time as Java's `DateTimeFormatter.ISO_INSTANT` writes it: years beyond 9999 have a sign and as many digits as
 * they need, where JavaScript wants six. Microseconds that were taken for milliseconds are such times.
 *
 * @throws an error when it is no time
 */
export function millisOf(instant: string): number {
  const [, sign, year = '', rest = ''] = /^([+-])(\d+)(-.*)$/.exec(instant) ?? []
  const millis = Date.parse(sign ? `${sign}${year.padStart(YEAR_DIGITS, '0')}${rest}` : instant)
  if (Number.isNaN(millis)) throw new Error('a timestamp is no time')
  return millis
}
