import type { ByteSource } from '../../formats/byte-source.ts'
import { compressions } from '../../formats/compression.ts'
import type { LayoutObject, LayoutStore } from '../layout.ts'
import { SNAPPY_STREAM_MAGIC, unsnappy } from './snappy.ts'

/** An object that was opened. */
export interface Content {
  format: 'parquet' | 'avro' | 'text'
  /** Of a text: its first characters. */
  begin: string
  /** The whole content as it comes, decompressed. To be read once. */
  chunks: AsyncIterable<Buffer>
  /** The object as it is stored, for a format that compresses inside. */
  source: ByteSource
}

type Decompress = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>

/** By what compressed bytes begin with. Sources: RFC 1952, RFC 8878, and snappy-java for its stream. */
const decompressors: [magic: Buffer, decompress: Decompress][] = [
  [Buffer.from([0x1f, 0x8b]), compressions.gzip.decompressStream],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), compressions.zstd.decompressStream],
  [SNAPPY_STREAM_MAGIC, unsnappy],
]

const MAGIC_BYTES = SNAPPY_STREAM_MAGIC.length
const PARQUET = Buffer.from('PAR1', 'latin1')
const AVRO = Buffer.from('Obj\x01', 'latin1')

/**
 * Opens an object and finds out by its first bytes what it is. Names can't say it: a template may give any extension, or none.
 *
 * @throws CodedError `RECORD_UNDECODABLE` when compressed bytes are damaged, and those of the store
 */
export async function openContent(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): Promise<Content> {
  const source = sourceOf(object, store)
  const magic = await source.slice(0, Math.min(MAGIC_BYTES, object.size))
  if (beginsWith(magic, PARQUET)) return { format: 'parquet', begin: '', chunks: source.stream(), source }
  const decompress = decompressors.find(([begin]) => beginsWith(magic, begin))?.[1]
  const content = decompress ? decompress(source.stream()) : source.stream()
  const { first, chunks } = await peeked(content)
  const format = beginsWith(first, AVRO) ? 'avro' : 'text'
  return { format, begin: first.toString('latin1'), chunks, source }
}

function beginsWith(bytes: Buffer, begin: Buffer): boolean {
  return bytes.subarray(0, begin.length).equals(begin)
}

/** The stored bytes of an object. */
export function sourceOf({ key, size }: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): ByteSource {
  return {
    size,
    slice: (start, end) => (end > start ? store.slice(key, start, end) : Promise.resolve(Buffer.alloc(0))),
    stream: () => store.stream(key),
  }
}

/** Looks at the first bytes of a stream, which then still has them. Whoever doesn't read the stream to its end returns it. */
async function peeked(stream: AsyncIterable<Buffer>): Promise<{ first: Buffer; chunks: AsyncIterable<Buffer> }> {
  const iterator = stream[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  let isOver = false
  while (!isOver && first.length < MAGIC_BYTES) {
    const { value, done = false } = await iterator.next()
    isOver = done
    if (!done) first = first.length === 0 ? value : Buffer.concat([first, value])
  }
  async function* chunks(): AsyncIterable<Buffer> {
    try {
      if (first.length > 0) yield first
      while (!isOver) {
        const { value, done = false } = await iterator.next()
        if (done) return
        yield value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return { first, chunks: chunks() }
}
