import { isUtf8 } from 'node:buffer'
import { CodedError } from '../error.ts'

/** The byte order mark in UTF-8, which .NET and Windows write before text. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * How deep arrays and objects may be in one another. The parser takes 100 bytes for each: a few KB of compressed text took more
 * than a gigabyte. Text of as many bytes, Kafka's usual limit, can't be deeper and is not looked at for it.
 */
const MOST_DEPTH = 1_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Checks that the bytes are a JSON text in UTF-8 (RFC 8259), and returns them unchanged, except for a byte order mark before
 * them: "parsers may ignore the presence of a byte order mark", but it can't be inside of an object's JSON.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when they are not
 */
export function decodeJson(bytes: Buffer): Buffer {
  const text = startsWithMark(bytes) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
  if (!isJson(text)) throw new CodedError('VALUE_UNDECODABLE', 'The value is not JSON in UTF-8, or is nested too deep.')
  return text
}

function startsWithMark(bytes: Buffer): boolean {
  // JSON begins with ASCII, so this looks at one byte of it.
  return bytes[0] === BYTE_ORDER_MARK[0] && BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length))
}

/** Parses the bytes as Latin-1, one character per byte: JSON's grammar treats all characters beyond ASCII alike. */
function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes) || (bytes.length > MOST_DEPTH && isTooDeep(bytes))) return false
  try {
    JSON.parse(bytes.toString('latin1'))
    return true
  } catch {
    // Discards the parser's message: it quotes the value.
    return false
  }
}

function isTooDeep(bytes: Buffer): boolean {
  let depth = 0
  let isString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) isString = !isString
    else if (isString) at += byte === BACKSLASH ? 1 : 0
    // Brackets and braces differ in one bit.
    else if ((byte | 0x20) === 0x7b && ++depth > MOST_DEPTH) return true
    else if ((byte | 0x20) === 0x7d) depth -= 1
  }
  return false
}
