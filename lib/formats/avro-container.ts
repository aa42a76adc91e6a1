import avsc from 'avsc'

/** An Avro Object Container File: a header, then blocks. Source: Apache Avro 1.12 specification, "Object Container Files". */

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const LONG = avsc.Type.forSchema('long')
const METADATA = avsc.Type.forSchema({ type: 'map', values: 'bytes' })
export const SYNC_MARKER_BYTES = 16

/** A file's header up to its sync marker. */
export function headerOf(schema: avsc.Schema, codec: string): Buffer {
  const metadata = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(codec) }
  return Buffer.concat([MAGIC, METADATA.toBuffer(metadata)])
}

/** What a file says about its blocks. */
export interface Header {
  schema: avsc.Schema
  /** `null` compresses nothing. */
  codec: string
  syncMarker: Buffer
  /** Where the first block begins. */
  end: number
}

/**
 * The header at the beginning of a file; undefined when the bytes end within it.
 *
 * @throws an error when the file is no container
 */
function headerAt(bytes: Buffer): Header | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length))) throw new Error('no Avro container')
  const { value, offset } = METADATA.decode(bytes, MAGIC.length)
  const end = offset + SYNC_MARKER_BYTES
  if (offset < 0 || end > bytes.length) return undefined
  const metadata = value as Record<string, Buffer>
  return {
    schema: JSON.parse(`${metadata['avro.schema']}`),
    codec: `${metadata['avro.codec'] ?? 'null'}`,
    syncMarker: bytes.subarray(offset, end),
    end,
  }
}

/** A block: the number of its records, the size of its data, the data, and the file's sync marker. */
export interface Block {
  records: number
  /** Compressed by the file's codec. */
  data: Buffer
  /** Number, size and data as they are in the file. */
  bytes: Buffer
  syncMarker: Buffer
  /** Where the next block begins. */
  end: number
}

/**
 * The block that begins at a position; undefined when the bytes end within it.
 *
 * @throws an error when no block begins there
 */
export function blockAt(bytes: Buffer, start: number): Block | undefined {
  const records = longAt(bytes, start)
  const size = records && longAt(bytes, records.end)
  if (!size) return undefined
  if (records.value < 0 || size.value < 0) throw new Error('no Avro block begins here')
  const dataEnd = size.end + size.value
  const end = dataEnd + SYNC_MARKER_BYTES
  if (end > bytes.length) return undefined
  return {
    records: records.value,
    data: bytes.subarray(size.end, dataEnd),
    bytes: bytes.subarray(start, dataEnd),
    syncMarker: bytes.subarray(dataEnd, end),
    end,
  }
}

/**
 * The blocks of a file that comes in chunks, with its header. Holds some blocks, or some chunks.
 *
 * @throws an error when the bytes are no container, or are cut off
 */
export async function* blocksOf(chunks: AsyncIterable<Buffer>): AsyncIterable<FileBlock> {
  const file = new FileBlocks()
  let needed = 0
  for await (const chunk of chunks) {
    file.append(chunk)
    if (file.held < needed) continue
    yield* file.blocks()
    // Twice as much, so that a large block isn't copied with each chunk.
    needed = 2 * file.held
  }
  yield* file.blocks()
  file.end()
}

interface FileBlock {
  header: Header
  block: Block
}

class FileBlocks {
  /** Bytes that belong to no block yet. */
  held = 0
  #parts: Buffer[] = []
  #header: Header | undefined

  append(chunk: Buffer): void {
    this.#parts.push(chunk)
    this.held += chunk.length
  }

  end(): void {
    if (!this.#header || this.held > 0) throw new Error('the file is cut off')
  }

  *blocks(): Iterable<FileBlock> {
    let rest = Buffer.concat(this.#parts)
    if (!this.#header) {
      this.#header = headerAt(rest)
      rest = rest.subarray(this.#header?.end ?? 0)
    }
    const header = this.#header
    for (let block = header && blockAt(rest, 0); header && block; block = blockAt(rest, 0)) {
      if (!block.syncMarker.equals(header.syncMarker)) throw new Error('a block ends without the file’s marker')
      rest = rest.subarray(block.end)
      yield { header, block }
    }
    this.#parts = [rest]
    this.held = rest.length
  }
}

/** What a block begins with, before its data. */
export function blockHead(records: number, dataBytes: number): Buffer {
  return Buffer.concat([LONG.toBuffer(records), LONG.toBuffer(dataBytes)])
}

/** Bytes of the largest number that a block may begin with: 2⁵³, in groups of seven bits. */
const LONG_BYTES = 8

/** Avro's `long`: groups of seven bits, the least significant first, with the sign in the lowest bit. */
function longAt(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0
  for (let index = 0; index < LONG_BYTES; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, end: start + index + 1 }
  }
  throw new Error('no Avro block begins here')
}
