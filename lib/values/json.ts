import { isUtf8 } from 'node:buffer'
import { CodedError } from '../error.ts'

/**
 * Checks that the bytes are a JSON text in UTF-8 (RFC 8259), and returns them unchanged.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when they are not
 */
export function decodeJson(bytes: Buffer): Buffer {
  if (!isJson(bytes)) throw new CodedError('VALUE_UNDECODABLE', 'The value is not JSON in UTF-8.')
  return bytes
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
