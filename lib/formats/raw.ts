import { CodedError } from '../error.ts'
import type { FormatCodec } from './codec.ts'
import { compressAndFree, compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { joinedText, linesAsFrame } from './joined-text.ts'
import type { FrameLines } from './joining.ts'

/**
 * The values alone, each followed by the separator, as cloud vendors' dumps write them. With keys, each record is the key,
 * a tab and the value, as Kafka's console consumer prints them. Null becomes nothing, like empty bytes.
 */
export const raw = {
  encode,
  joining: {
    async frame(records, options) {
      return await compressAndFree(await encode(records, options), options.compression)
    },
    frameOf: linesAsFrame,
    async records(frame, options, lines) {
      const text = await compressions[options.compression].decompress(frame)
      return Array.from(recordsOf(text, options, lines))
    },
    lengths(records, options) {
      const separator = Buffer.byteLength(options.recordSeparator)
      return records.map(record => lineOf(record, options).reduce((sum, { length }) => sum + length, separator))
    },
    begin: options => joinedText(options, { open: '', between: '', close: '' }),
  },
} satisfies FormatCodec

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const separator = Buffer.from(options.recordSeparator)
  const parts = records.flatMap(record => [...lineOf(record, options), separator])
  return Buffer.concat(parts)
}

const TAB = Buffer.from('\t')
const NOTHING = Buffer.alloc(0)

function lineOf({ key, value }: StoredRecord, { includeKey, values }: EncodeOptions): Buffer[] {
  const content = value === null ? NOTHING : values === 'base64' ? Buffer.from(value.toString('base64')) : value
  return includeKey ? [key ?? NOTHING, TAB, content] : [content]
}

/** The records of which `encode` makes the same lines again, though a tab in a key may have become one in the value. */
function* recordsOf(text: Buffer, options: EncodeOptions, lines: FrameLines): Iterable<StoredRecord> {
  const { topic, partition, offsets, lengths = [] } = lines
  if (text.length !== lengths.reduce((sum, length) => sum + length, 0)) {
    throw new CodedError('RECORD_UNDECODABLE', 'The lengths of the records are not those of the frame.', lines)
  }
  const separator = Buffer.byteLength(options.recordSeparator)
  const offset = offsets[Symbol.iterator]()
  let end = 0
  for (const length of lengths) {
    const line = text.subarray(end, end + length - separator)
    end += length
    const { value: next = -1 } = offset.next()
    yield { topic, partition, offset: next, timestamp: -1, headers: [], ...keyAndValue(line, options) }
  }
}

function keyAndValue(line: Buffer, { includeKey, values }: EncodeOptions): Pick<StoredRecord, 'key' | 'value'> {
  // Base64 has no tabs.
  const tab = !includeKey ? -1 : values === 'base64' ? line.lastIndexOf(TAB) : line.indexOf(TAB)
  const content = line.subarray(tab + 1)
  const value = values === 'base64' ? Buffer.from(content.toString('latin1'), 'base64') : content
  return { key: tab < 0 ? null : line.subarray(0, tab), value }
}
