import { isUtf8 } from 'node:buffer'
import { CodedError } from '../error.ts'

/** The byte order mark in UTF-8, which .NET and Windows write before text. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * Checks that the bytes are a JSON text in UTF-8 (RFC 8259), and returns them unchanged, except for a byte order mark before
 * them: "parsers may ignore the presence of a byte order mark", but it can't be inside of an object's JSON.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when they are not
 */
export function decodeJson(bytes: Buffer): Buffer {
  const text = startsWithMark(bytes) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
  if (!isJson(text)) throw new CodedError('VALUE_UNDECODABLE', 'The value is not JSON in UTF-8.')
  return text
}

function startsWithMark(bytes: Buffer): boolean {
  // JSON begins with ASCII, so this looks at one byte of it.
  return bytes[0] === BYTE_ORDER_MARK[0] && BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length))
}

/** Parses the bytes as Latin-1, one character per byte: JSON's grammar treats all characters beyond ASCII alike. */
function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString('latin1'))
    return true
  } catch {
    // Discards the parser's message: it quotes the value.
    return false
  }
}
