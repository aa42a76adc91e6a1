/** A non-negative whole number, given as a number or as decimal text; undefined for everything else. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined
}

/** The bytes of an invalid field, for the abnormal-data topic: text unchanged, anything else as JSON. */
export function asItCame(field: unknown): Buffer {
  return Buffer.from(typeof field === 'string' ? field : (JSON.stringify(field) ?? ''))
}

/** The UTF-8 bytes of a text, null when it is absent, undefined when it is not text. */
export function textBytes(text: unknown): Buffer | null | undefined {
  if (text === null || text === undefined) return null
  return typeof text === 'string' ? Buffer.from(text) : undefined
}

/**
 * The bytes of a base64 text, null when it is absent, undefined when it is not base64. Node's decoder skips characters that it
 * doesn't know, so invalid text shows in a shorter result.
 */
export function base64Bytes(base64: unknown): Buffer | null | undefined {
  if (base64 === null || base64 === undefined) return null
  if (typeof base64 !== 'string') return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === base64Length(base64) ? bytes : undefined
}

/** The number of bytes that a base64 text encodes, with or without padding (RFC 4648); −1 when no base64 has its length. */
export function base64Length(base64: string): number {
  const { length } = base64
  const padding = base64[length - 1] !== '=' ? 0 : base64[length - 2] !== '=' ? 1 : 2
  const characters = length - padding
  return characters % 4 === 1 ? -1 : Math.floor((characters * 3) / 4)
}

/** Whether a value is an array of bytes. Java's bytes are signed, so −128…255 is accepted, to be read modulo 256. */
export function isByteArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(byte => Number.isInteger(byte) && byte >= -128 && byte <= 255)
}

/** Milliseconds since the epoch of an RFC 3339 time or a number of milliseconds; undefined for anything else. */
export function milliseconds(time: unknown): number | undefined {
  const number = typeof time === 'string' ? Date.parse(time) : time
  return Number.isSafeInteger(number) ? (number as number) : undefined
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
