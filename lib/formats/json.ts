import { CodedError } from '../error.ts'
import type { FormatCodec } from './codec.ts'
import { compressAndFree, compressions } from './compression.ts'
import type { StoredRecord } from './format.ts'
import { joinedText } from './joined-text.ts'
import { elementsOf } from './json-elements.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'
import { recordsOfJson } from './json-stream.ts'

/** An object is one JSON array of records. Its frames are elements without the brackets. */
export const json = {
  async encode(records, options) {
    return encodeRecords(records, options, { open: '[', separator: ',', close: ']' })
  },
  async decode(bytes) {
    return decodeArray(bytes.toString())
  },
  read: (source, compression) =>
    recordsOfJson(compressions[compression].decompressStream(source.stream()), {
      isArray: true,
      parse,
      areOwn: compression !== 'none',
    }),
  joining: {
    async frame(records, options) {
      const elements = encodeRecords(records, options, { open: '', separator: ',', close: '' })
      return await compressAndFree(elements, options)
    },
    async frameOf(object, { compression, compressionLevel }) {
      const { compress, decompress } = compressions[compression]
      const array = await decompress(object)
      const isArray = array.at(0) === BRACKET && array.at(-1) === CLOSING_BRACKET
      return isArray && array.length > 2 ? await compress(array.subarray(1, -1), compressionLevel) : undefined
    },
    async records(frame, { compression }) {
      return decodeArray(`[${await compressions[compression].decompress(frame)}]`)
    },
    begin: options => joinedText(options, { open: '[', between: ',', close: ']' }),
  },
} satisfies FormatCodec

const BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d

async function* parse(chunks: AsyncIterable<Buffer>): AsyncIterable<StoredRecord[]> {
  for await (const array of elementsOf(chunks)) yield decodeArray(array)
}

function decodeArray(array: string): StoredRecord[] {
  try {
    return decodeRecords(array)
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not a JSON array of records.', { cause })
  }
}
