/**
 * Encodes a name as one safe segment of an object key. Kafka's own names (letters, digits, `.`, `_`, `-`) stay as they are;
 * everything else, and the segments `.` and `..`, is percent-encoded, so that no name leads out of its folder and every
 * name can be decoded again.
 */
export function encodeSegment(name: string | Buffer): string {
  if (typeof name === 'string' && PLAIN.test(name)) return name
  const bytes = Buffer.from(name)
  const text = bytes.toString('latin1')
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E')
  return text.replaceAll(/[^A-Za-z0-9._-]/g, character => percent(character.charCodeAt(0)))
}

/** Most names: they stay as they are. */
const PLAIN = /^(?!\.{1,2}$)[A-Za-z0-9._-]*$/

/** The name that {@link encodeSegment} encoded. */
export function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  const bytes = segment.replaceAll(/%([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** Matches one character of a segment that {@link encodeSegment} returns, as the source of a regular expression. */
export const SEGMENT_PATTERN = '[A-Za-z0-9._%-]'

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
