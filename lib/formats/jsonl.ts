import { CodedError } from '../error.ts'
import { freeBuffer } from '../free-buffer.ts'
import type { FormatCodec } from './codec.ts'
import { compressAndFree, compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { joinedText, linesAsFrame } from './joined-text.ts'
import { decodeRecords, encodeRecords } from './json-record.ts'
import { recordsOfJson } from './json-stream.ts'
import { linesOf } from './lines.ts'

/** A JSON text for each record, followed by the separator. With newlines it is JSON Lines (jsonlines.org). */
export const jsonl = {
  encode,
  decode,
  read: (source, compression) =>
    recordsOfJson(compressions[compression].decompressStream(source.stream()), {
      isArray: false,
      parse,
      areOwn: compression !== 'none',
    }),
  joining: {
    async frame(records, options) {
      return await compressAndFree(await encode(records, options), options)
    },
    frameOf: linesAsFrame,
    async records(frame, { compression }) {
      return await decode(await compressions[compression].decompress(frame))
    },
    begin: options => joinedText(options, { open: '', between: '', close: '' }),
  },
} satisfies FormatCodec

async function* parse(chunks: AsyncIterable<Buffer>): AsyncIterable<StoredRecord[]> {
  for await (const lines of linesOf(chunks)) {
    const records = await decode(lines)
    // Their strings are copies. Left to the garbage collector, the memory would grow much larger.
    freeBuffer(lines)
    yield records
  }
}

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const separator = options.recordSeparator
  return encodeRecords(records, options, { open: '', separator, close: records.length === 0 ? '' : separator })
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  try {
    return decodeRecords(`[${bytes.toString().replace(AROUND, '').replace(SEPARATORS, ',')}]`)
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not one JSON record per line.', { cause })
  }
}

// Matches any separator: it consists of control characters, which a JSON text in one line can't contain.
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const SEPARATORS = /[\x00-\x1f]+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators are control characters
const AROUND = /^[\x00-\x1f]+|[\x00-\x1f]+$/g
