import { isUtf8 } from 'node:buffer'
import { CodedError } from '../error.ts'

/**
 * A JSON text in UTF-8, which stays as it is, to the digit. Source: RFC 8259.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when it is none
 */
export function decodeJson(bytes: Buffer): Buffer {
  if (!isJson(bytes)) throw new CodedError('VALUE_UNDECODABLE', 'The value is no JSON in UTF-8.')
  return bytes
}

/** Parsed as Latin-1, one character a byte: beyond ASCII, JSON's grammar doesn't tell characters apart. */
function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  try {
    JSON.parse(bytes.toString('latin1'))
    return true
  } catch {
    // The parser's message quotes the text, and no error of ours may.
    return false
  }
}
