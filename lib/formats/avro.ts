import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import avsc from 'avsc'
import { CodedError } from '../error.ts'
import { freeBuffer } from '../free-buffer.ts'
import { blockAt, blockHead, blocksOf, headerOf, SYNC_MARKER_BYTES } from './avro-container.ts'
import { exactType, needsExactLong } from './avro-long.ts'
import { type AvroRecord, rowsOf, schemaOf, storedRecord } from './avro-record.ts'
import { type ByteSource, bytesAsSource } from './byte-source.ts'
import type { FormatCodec } from './codec.ts'
import { type CompressionName, deflateOptions, SMALL_BYTES, zstd } from './compression.ts'
import { unzstd } from './decompress.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import type { JoinedObject } from './joining.ts'

/** An Avro Object Container File. Its frames are blocks without the header. */
export const avro = {
  encode,
  decode,
  read,
  joining: {
    frame: async (records, options) => Buffer.concat(await blocksWith(records, options, FRAME_MARKER)),
    frameOf: async (object, options) => frameOf(object, options),
    records: (frame, options) => decode(Buffer.concat([layoutOf(options).header, FRAME_MARKER, frame])),
    begin: (options, identity) => joinedContainer(options, syncMarkerOf([identity])),
  },
} satisfies FormatCodec

/** What Avro calls our compressions. Every reader must know `null` and `deflate`, which is gzip without its frame. */
const codecs: Record<CompressionName, Codec> = {
  none: { name: 'null', compress: data => data },
  gzip: { name: 'deflate', compress: deflate },
  zstd: { name: 'zstandard', compress: zstd },
}

interface Codec {
  name: string
  compress(data: Buffer, level?: number): Buffer | Promise<Buffer>
}

const deflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflateRaw)

function deflate(data: Buffer, level?: number): Buffer | Promise<Buffer> {
  const options = deflateOptions(data.length, level)
  return data.length <= SMALL_BYTES ? zlib.deflateRawSync(data, options) : deflateRaw(data, options)
}

/** Bytes of a block before compression: larger blocks compress better, but a reader holds a whole block in memory. */
const BLOCK_BYTES = 256 * 1024

/** More than a record takes beside its topic, key, value, headers and the key of its value's object. */
const RECORD_OVERHEAD_BYTES = 128

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const [first] = records
  const syncMarker = syncMarkerOf(first ? [first.topic, first.partition, first.offset, records.length] : [])
  return Buffer.concat([layoutOf(options).header, syncMarker, ...(await blocksWith(records, options, syncMarker))])
}

/** The parts of the blocks. What takes long to compress is compressed side by side, on other threads. */
async function blocksWith(records: StoredRecord[], options: EncodeOptions, syncMarker: Buffer): Promise<Buffer[]> {
  const { compression, compressionLevel } = options
  const { type } = layoutOf(options)
  const rowType = records.some(needsExactLong) ? exactType(schemaOf(options)) : type
  const blocks = Array.from(plainBlocks(rowsOf(records, options), rowType, blockSizeFor(records)), ({ rows, data }) => {
    const finished = (compressed: Buffer) => {
      // The block's memory is longer than its data.
      if (compressed !== data) freeBuffer(Buffer.from(data.buffer))
      return [blockHead(rows, compressed.length), compressed, syncMarker]
    }
    const compressed = codecs[compression].compress(data, compressionLevel)
    return Buffer.isBuffer(compressed) ? finished(compressed) : compressed.then(finished)
  })
  return (await Promise.all(blocks)).flat()
}

/**
 * Rows that fill a block, each as many as fit. A row that is larger than a block makes the further ones larger, too. A block's memory
 * may be freed before the next one is asked for.
 */
function* plainBlocks(
  rows: Iterable<AvroRecord>,
  type: avsc.Type,
  size: number,
): Iterable<{ rows: number; data: Buffer }> {
  let room = size
  let block = Buffer.allocUnsafeSlow(room)
  let [count, end] = [0, 0]
  for (const row of rows) {
    let next = type.encode(row, block, end)
    if (next < 0) {
      const needed = room - next - end
      if (count > 0) yield { rows: count, data: block.subarray(0, end) }
      if (needed > room) room = 2 * needed
      block = Buffer.allocUnsafeSlow(room)
      count = 0
      next = type.encode(row, block, 0)
    }
    count += 1
    end = next
  }
  if (count > 0) yield { rows: count, data: block.subarray(0, end) }
}

/** Ends the blocks of frames, which aren't a file yet. */
const FRAME_MARKER = Buffer.alloc(SYNC_MARKER_BYTES)

/** The blocks of a container, if it has the header that these options give. */
function frameOf(object: Buffer, options: EncodeOptions): Buffer | undefined {
  const { header } = layoutOf(options)
  const blocks = object.subarray(header.length + SYNC_MARKER_BYTES)
  if (blocks.length === 0 || !object.subarray(0, header.length).equals(header)) return undefined
  return Buffer.concat(withMarker(blocks, FRAME_MARKER))
}

/** The blocks with another marker behind each. */
function withMarker(blocks: Buffer, syncMarker: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let position = 0; position < blocks.length; ) {
    const block = blockAt(blocks, position)
    if (!block) throw new CodedError('RECORD_UNDECODABLE', 'The last block is cut off.')
    parts.push(block.bytes, syncMarker)
    position = block.end
  }
  return parts
}

/** Copies the blocks of frames and ends them with the file's own marker. */
function joinedContainer(options: EncodeOptions, syncMarker: Buffer): JoinedObject {
  const header = [layoutOf(options).header, syncMarker]
  const takeHeader = () => header.splice(0)
  return {
    async add(frame) {
      return [...takeHeader(), ...withMarker(frame, syncMarker)]
    },
    async end() {
      return takeHeader()
    },
  }
}

/** The encoder allocates a whole block at once. A block for these records is enough, and much less for an object of a few. */
function blockSizeFor(records: StoredRecord[]): number {
  let bytes = 0
  for (const { topic, key, value, headers, valueObject } of records) {
    bytes += RECORD_OVERHEAD_BYTES + 3 * (topic.length + (valueObject?.length ?? 0))
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
    for (const header of headers) bytes += RECORD_OVERHEAD_BYTES + 3 * header.key.length + (header.value?.length ?? 0)
    if (bytes >= BLOCK_BYTES) return BLOCK_BYTES
  }
  return bytes
}

/** What all objects with the same options have in common. */
interface Layout {
  type: avsc.Type
  /** The file's header up to its sync marker. */
  header: Buffer
}

/** Compiling the schema takes most of the time of an object with a few records, so each function does it once. */
const layouts = new WeakMap<EncodeOptions, Layout>()

function layoutOf(options: EncodeOptions): Layout {
  const known = layouts.get(options)
  if (known) return known
  const schema = schemaOf(options)
  const layout = { type: avsc.Type.forSchema(schema), header: headerOf(schema, codecs[options.compression].name) }
  layouts.set(options, layout)
  return layout
}

/** The marker between blocks. Avro's own tools choose a random one; ours follows from the records, so the bytes repeat. */
function syncMarkerOf(identity: (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(identity)).digest().subarray(0, SYNC_MARKER_BYTES)
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  return (await Array.fromAsync(read(bytesAsSource(bytes)))).flat()
}

/** The records of each block. */
async function* read(source: ByteSource): AsyncIterable<StoredRecord[]> {
  let type: avsc.Type | undefined
  try {
    for await (const { header, block } of blocksOf(source.stream())) {
      type ??= exactType(header.schema)
      yield recordsOf(await decompress(header.codec, block.data), block.records, type)
    }
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not an Avro container of records.', { cause })
  }
}

const inflate = promisify<Buffer, Buffer>(zlib.inflateRaw)

/** By the names of the specification. */
const decompressors: Record<string, (data: Buffer) => Buffer | Promise<Buffer>> = {
  null: data => data,
  deflate: data => inflate(data),
  zstandard: data => unzstd.whole(data),
}

async function decompress(codec: string, data: Buffer): Promise<Buffer> {
  const decompressor = decompressors[codec]
  if (!decompressor) throw new Error(`unknown codec ${codec}`)
  return await decompressor(data)
}

function recordsOf(data: Buffer, count: number, type: avsc.Type): StoredRecord[] {
  const records: StoredRecord[] = []
  let position = 0
  while (records.length < count) {
    const { value, offset } = type.decode(data, position)
    if (offset < 0) throw new Error('a block has fewer records than it says')
    records.push(storedRecord(value))
    position = offset
  }
  if (position < data.length) throw new Error('a block has more records than it says')
  return records
}
