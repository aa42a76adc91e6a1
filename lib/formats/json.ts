import { CodedError } from '../error.ts'
import type { FormatCodec } from './format.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'

/** An object is one JSON array of records. */
export const json = {
  async encode(records, options) {
    return encodeRecords(records, options, { open: '[', separator: ',', close: ']' })
  },
  async decode(bytes) {
    try {
      return decodeRecords(bytes.toString())
    } catch (cause) {
      throw new CodedError('RECORD_UNDECODABLE', 'The object is not a JSON array of records.', { cause })
    }
  },
} satisfies FormatCodec
