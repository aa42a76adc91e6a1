/** A whole number that is not negative, also as decimal text; undefined for everything else. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined
}

/** A field that is not what it should be, kept so that the abnormal-data topic gets what there was. */
export function asItCame(field: unknown): Buffer {
  return Buffer.from(typeof field === 'string' ? field : (JSON.stringify(field) ?? ''))
}

/** The UTF-8 bytes of a text, null for an absent one, undefined for what is none. */
export function textBytes(text: unknown): Buffer | null | undefined {
  if (text === null || text === undefined) return null
  return typeof text === 'string' ? Buffer.from(text) : undefined
}

/** The bytes of a base64 text, null for an absent one, undefined for what is none: Node's own decoder skips what it doesn't know. */
export function base64Bytes(base64: unknown): Buffer | null | undefined {
  if (base64 === null || base64 === undefined) return null
  if (typeof base64 !== 'string') return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === base64Length(base64) ? bytes : undefined
}

/** Bytes that a base64 text stands for, with or without its padding (RFC 4648); −1 for a text of no such length. */
export function base64Length(base64: string): number {
  const { length } = base64
  const padding = base64[length - 1] !== '=' ? 0 : base64[length - 2] !== '=' ? 1 : 2
  const characters = length - padding
  return characters % 4 === 1 ? -1 : Math.floor((characters * 3) / 4)
}

/** Whether it is an array of bytes. Java's are signed, so −128…255 is accepted, to be read modulo 256. */
export function isByteArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(byte => Number.isInteger(byte) && byte >= -128 && byte <= 255)
}

/** Milliseconds since the epoch of an RFC 3339 time or a number of milliseconds; undefined for what is neither. */
export function milliseconds(time: unknown): number | undefined {
  const number = typeof time === 'string' ? Date.parse(time) : time
  return Number.isSafeInteger(number) ? (number as number) : undefined
}

/** What JSON text stands for; anything else, and text that is no JSON, as it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
