import { CodedError } from '../error.ts'
import type { FormatCodec } from './format.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'

/** A JSON text for each record, followed by the separator. With newlines it is JSON Lines (jsonlines.org). */
export const jsonl = {
  async encode(records, options) {
    const separator = options.recordSeparator
    return encodeRecords(records, options, { open: '', separator, close: records.length === 0 ? '' : separator })
  },
  async decode(bytes) {
    try {
      return decodeRecords(`[${bytes.toString().replace(TRAILING, '').replace(SEPARATORS, ',')}]`)
    } catch (cause) {
      throw new CodedError('RECORD_UNDECODABLE', 'The object is not one JSON record per line.', { cause })
    }
  },
} satisfies FormatCodec

// Matches any separator: it consists of control characters, which a JSON text in one line can't contain.
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const SEPARATORS = /[\x00-\x1f]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const TRAILING = /[\x00-\x1f]+$/
