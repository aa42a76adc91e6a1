import { CodedError } from '../error.ts'
import type { Format } from './format.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'

/** A JSON text for each record, with the separator behind it: JSON Lines where that is a newline (jsonlines.org). */
export const jsonl = {
  name: 'jsonl',
  contentType: 'application/x-ndjson',
  compressesInside: false,
  async encode(records, options) {
    const separator = options.recordSeparator
    return encodeRecords(records, options, { open: '', separator, close: records.length === 0 ? '' : separator })
  },
  async decode(bytes) {
    try {
      return decodeRecords(`[${bytes.toString().replace(TRAILING, '').replace(SEPARATORS, ',')}]`)
    } catch (cause) {
      throw new CodedError('RECORD_UNDECODABLE', 'The object is no JSON record for each line.', { cause })
    }
  },
} satisfies Format

// Whatever the separator was: it is of control characters, and those are in no JSON text that stands in one line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: as the line above says
const SEPARATORS = /[\x00-\x1f]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const TRAILING = /[\x00-\x1f]+$/
