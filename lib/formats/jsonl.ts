import { CodedError } from '../error.ts'
import type { FormatCodec } from './codec.ts'
import { compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { joinedText } from './joined-text.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'

/** A JSON text for each record, followed by the separator. With newlines it is JSON Lines (jsonlines.org). */
export const jsonl = {
  encode,
  decode,
  joining: {
    async frame(records, options) {
      return await compressions[options.compression].compress(await encode(records, options))
    },
    async records(frame, { compression }) {
      return await decode(await compressions[compression].decompress(frame))
    },
    begin: options => joinedText(options, { open: '', between: '', close: '' }),
  },
} satisfies FormatCodec

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const separator = options.recordSeparator
  return encodeRecords(records, options, { open: '', separator, close: records.length === 0 ? '' : separator })
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  try {
    return decodeRecords(`[${bytes.toString().replace(TRAILING, '').replace(SEPARATORS, ',')}]`)
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not one JSON record per line.', { cause })
  }
}

// Matches any separator: it consists of control characters, which a JSON text in one line can't contain.
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const SEPARATORS = /[\x00-\x1f]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const TRAILING = /[\x00-\x1f]+$/
