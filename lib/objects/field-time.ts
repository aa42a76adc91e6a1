import type { KafkaRecord } from '../record.ts'
import { type Field, fieldReader } from './field.ts'
import { MAX_MS } from './time-path.ts'

/** A date, or a date and a time, with or without an offset. Source: ISO 8601; RFC 3339, section 5.6. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/

/** A time since 1970, in whatever unit. A fraction counts, as many producers write seconds with one. */
const EPOCH_TIME = /^-?\d{1,19}(?:\.\d+)?$/

/**
 * The units of a time since 1970, each with the numbers that are taken as such: those that are up to 5138 in the unit. The
 * unit before would have times before March 1973 there.
 */
const units = [
  { below: 1e11, ms: 1_000 },
  { below: 1e14, ms: 1 },
  { below: 1e17, ms: 1e-3 },
  { below: 1e20, ms: 1e-6 },
]

/**
 * A reader of the time that a field holds, in milliseconds since 1970: a number or its digits, in seconds, milliseconds,
 * microseconds or nanoseconds by its size, or a text in ISO 8601, in UTC if it has no offset. Undefined for anything else.
 */
export function timeReader(field: Field): (record: KafkaRecord) => number | undefined {
  const read = fieldReader(field)
  return record => {
    const text = read(record)?.toString().trim() ?? ''
    const time = EPOCH_TIME.test(text) ? epochTime(Number(text)) : isoTime(text)
    return time !== undefined && Math.abs(time) <= MAX_MS ? time : undefined
  }
}

function epochTime(number: number): number | undefined {
  const unit = units.find(({ below }) => Math.abs(number) < below)
  return unit && Math.floor(number * unit.ms)
}

function isoTime(text: string): number | undefined {
  const [, date = '', time = '00:00', offset = 'Z'] = ISO_TIME.exec(text) ?? []
  if (!isDate(date)) return undefined
  const sign = /^([+-]\d{2}):?(\d{2})?$/.exec(offset)
  const parsed = Date.parse(`${date}T${time.replace(',', '.')}${sign ? `${sign[1]}:${sign[2] ?? '00'}` : 'Z'}`)
  return Number.isNaN(parsed) ? undefined : parsed
}

/** Whether there is such a day: a parser of JavaScript takes 30 February for 2 March. */
function isDate(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date)
}
