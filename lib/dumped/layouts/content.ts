import { type ByteSource, bytesAsSource } from '../../formats/byte-source.ts'
import { compressions } from '../../formats/compression.ts'
import type { LayoutObject, LayoutStore } from '../layout.ts'

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

/** By what compressed bytes begin with. Sources: RFC 1952, RFC 8878, and snappy-java, `SnappyCodec.java`, for its stream. */
const decompressors: [magic: Buffer, decompress: Decompress][] = [
  [Buffer.from([0x1f, 0x8b]), compressions.gzip.decompressStream],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), compressions.zstd.decompressStream],
  [Buffer.from('\x82SNAPPY\0', 'latin1'), unsnappy],
]

/** Its library is loaded by the first object that needs it. */
async function* unsnappy(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield* (await import('./snappy.ts')).unsnappy(chunks)
}

/** Bytes that are fetched to look at. Many sinks write objects that are no larger, so one request has all of them. */
const HEAD_BYTES = 64 * 1024

const PARQUET = Buffer.from('PAR1', 'latin1')
const AVRO = Buffer.from('Obj\x01', 'latin1')

/**
 * Opens an object and finds out by its first bytes what it is. Names can't say it: a template may give any extension, or none.
 *
 * @throws CodedError `RECORD_UNDECODABLE` when compressed bytes are damaged, and those of the store
 */
export async function openContent(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): Promise<Content> {
  const stored = sourceOf(object, store)
  const head = await stored.slice(0, Math.min(HEAD_BYTES, object.size))
  const source = head.length === object.size ? bytesAsSource(head) : stored
  if (beginsWith(head, PARQUET)) return { format: 'parquet', begin: '', chunks: source.stream(), source }
  const decompress = decompressors.find(([begin]) => beginsWith(head, begin))?.[1]
  if (!decompress) return contentOf(head, source.stream(), source)
  const { first, chunks } = await peeked(decompress(source.stream()))
  return contentOf(first, chunks, source)
}

/** @param first its first bytes, decompressed */
function contentOf(first: Buffer, chunks: AsyncIterable<Buffer>, source: ByteSource): Content {
  const begin = first.subarray(0, MAGIC_BYTES).toString('latin1')
  return { format: beginsWith(first, AVRO) ? 'avro' : 'text', begin, chunks, source }
}

/** Bytes that tell what a content is, and of a text how it begins. */
const MAGIC_BYTES = 8

function beginsWith(bytes: Buffer, begin: Buffer): boolean {
  return bytes.subarray(0, begin.length).equals(begin)
}

/** The stored bytes of an object. */
function sourceOf({ key, size }: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): ByteSource {
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
