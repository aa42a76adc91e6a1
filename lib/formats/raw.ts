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
      return await compressAndFree(await encode(records, options), options)
    },
    frameOf: linesAsFrame,
    async records(frame, options, lines) {
      const text = await compressions[options.compression].decompress(frame)
      return Array.from(recordsOf(text, options, lines))
    },
    lengths(records, options) {
      const contents = records.map(record => contentOf(record, options))
      return lengthsOf(records, contents, options)
    },
    begin: options => joinedText(options, { open: '', between: '', close: '' }),
  },
} satisfies FormatCodec

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const separator = Buffer.from(options.recordSeparator)
  const contents = records.map(record => contentOf(record, options))
  const bytes = Buffer.allocUnsafeSlow(lengthsOf(records, contents, options).reduce((sum, length) => sum + length, 0))
  let end = 0
  for (const [index, content] of contents.entries()) {
    if (options.includeKey) {
      end += records[index]?.key?.copy(bytes, end) ?? 0
      end += TAB.copy(bytes, end)
    }
    end += content.copy(bytes, end)
    end += separator.copy(bytes, end)
  }
  return bytes
}

const TAB = Buffer.from('\t')
const NOTHING = Buffer.alloc(0)

function contentOf({ value }: StoredRecord, { values }: EncodeOptions): Buffer {
  if (value === null) return NOTHING
  return values === 'base64' ? Buffer.from(value.toString('base64')) : value
}

/** Bytes of each record with its separator. */
function lengthsOf(
  records: StoredRecord[],
  contents: Buffer[],
  { recordSeparator, includeKey }: EncodeOptions,
): number[] {
  const separator = Buffer.byteLength(recordSeparator)
  return contents.map((content, index) => {
    const key = includeKey ? (records[index]?.key?.length ?? 0) + TAB.length : 0
    return key + content.length + separator
  })
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
