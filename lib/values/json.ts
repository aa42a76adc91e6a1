import { isUtf8 } from 'node:buffer'
import { CodedError } from '../failure/error.ts'
import type { ValueDecoder } from './index.ts'

/** Values that are JSON texts in UTF-8, which stay as they are, to the digit. Source: RFC 8259. */
export const decodeJson: ValueDecoder = ({ value }) => {
  if (!isJson(value)) throw new CodedError('VALUE_UNDECODABLE', 'The value is no JSON in UTF-8.')
  return value
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
