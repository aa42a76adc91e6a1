import { CodedError } from '../error.ts'
import type { Format } from './format.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'

/** One JSON array for one object. */
export const json = {
  name: 'json',
  contentType: 'application/json',
  compressesInside: false,
  async encode(records, options) {
    return encodeRecords(records, options, { open: '[', separator: ',', close: ']' })
  },
  async decode(bytes) {
    try {
      return decodeRecords(bytes.toString())
    } catch (cause) {
      throw new CodedError('RECORD_UNDECODABLE', 'The object is no JSON array of records.', { cause })
    }
  },
} satisfies Format
