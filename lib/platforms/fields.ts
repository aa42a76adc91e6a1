/** The last partition of a topic. Source: Apache Kafka, protocol guide: a partition's index has 32 bits. */
const LAST_PARTITION = 2 ** 31 - 1

/** The fields of an object; undefined for an array and for everything that is no object. */
export function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** A topic's name; undefined for everything that can't be one. */
export function topicName(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A non-negative whole number, given as a number or as decimal text; undefined for everything else. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined
}

/** A partition's number, given as a number or as decimal text; undefined for everything else. */
export function partitionNumber(value: unknown): number | undefined {
  const number = wholeNumber(value)
  return number !== undefined && number <= LAST_PARTITION ? number : undefined
}

/**
 * The bytes of an invalid field, for the abnormal-data topic: text unchanged, anything else as JSON; empty when it is nested
 * too deeply to be written as JSON.
 */
export function asItCame(field: unknown): Buffer {
  return Buffer.from(typeof field === 'string' ? field : (jsonText(field) ?? ''))
}

/** A value as JSON text; undefined when it is nested too deeply, and for undefined. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** The UTF-8 bytes of a text, null when it is absent, undefined when it is not text. */
export function textBytes(text: unknown): Buffer | null | undefined {
  if (text === null || text === undefined) return null
  return typeof text === 'string' ? Buffer.from(text) : undefined
}

/** The bytes of a base64 text, null when it is absent, undefined when it is not base64: see {@link base64Length}. */
export function base64Bytes(base64: unknown): Buffer | null | undefined {
  if (base64 === null || base64 === undefined) return null
  if (typeof base64 !== 'string') return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === base64Length(base64) ? bytes : undefined
}

/**
 * Matches a character that takes two bytes in memory. Most texts have none and are stored with one byte per character; the
 * engine knows that such a text can't match and doesn't read it.
 */
const TWO_BYTES = /[\u0100-\uffff]/

/**
 * The number of bytes that a base64 text encodes, with or without padding (RFC 4648); −1 when it can't be base64. Node's
 * decoder skips what it doesn't know, so invalid characters show in a result that is shorter than this. Only of characters
 * beyond Latin-1 it takes the lower byte, which may be a valid one, so they are looked for here.
 */
export function base64Length(base64: string): number {
  const { length } = base64
  const padding = base64[length - 1] !== '=' ? 0 : base64[length - 2] !== '=' ? 1 : 2
  const characters = length - padding
  const isCut = padding === 0 ? length % 4 === 1 : length % 4 !== 0
  return isCut || TWO_BYTES.test(base64) ? -1 : Math.floor((characters * 3) / 4)
}

/** Whether a value is an array of bytes. Java's bytes are signed, so −128…255 is accepted, to be read modulo 256. */
export function isByteArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(byte => Number.isInteger(byte) && byte >= -128 && byte <= 255)
}

/**
 * A record's timestamp in milliseconds since the epoch, negative before it, from an RFC 3339 time or from a number, also as
 * text. −1 when it is absent: the number by which Kafka says that a record has none. Undefined for anything else, and for a
 * number beyond ±2⁵³: it has lost digits before the function sees it.
 */
export function timestampOf(time: unknown): number | undefined {
  return time === null || time === undefined ? -1 : milliseconds(time)
}

/** Milliseconds since the epoch of an RFC 3339 time or a number of milliseconds; undefined for anything else. */
export function milliseconds(time: unknown): number | undefined {
  const number = typeof time === 'string' ? (WHOLE.test(time) ? Number(time) : parseTime(time)) : time
  return Number.isSafeInteger(number) ? (number as number) : undefined
}

const WHOLE = /^-?\d+$/

/** Years of four digits as in RFC 3339, or with a sign and more of them, as Java and .NET write them beyond 9999. */
const TIME = /^([+-]?)(\d{4,6})(-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/i

/** NaN for a text that is no time. Without an offset it is in UTC: .NET and Java leave it out, and mean that. */
function parseTime(text: string): number {
  const [, sign, year = '', rest, zone = 'Z'] = TIME.exec(text) ?? []
  const isLong = sign !== '' || year.length > 4
  return Date.parse(`${isLong ? (sign || '+') + year.padStart(6, '0') : year}${rest}${zone}`)
}

/** The value of a JSON text. Anything else, including text that is not JSON, is returned unchanged. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** The first element that is an object: what kind of event it is doesn't depend on whether null stands before it. */
export function firstObject(elements: unknown[], read = (element: unknown) => element): unknown {
  for (const element of elements) {
    const fields = fieldsOf(read(element))
    if (fields) return fields
  }
  return undefined
}
