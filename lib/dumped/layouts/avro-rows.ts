import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { blocksOf } from '../../formats/avro-container.ts'
import { unzstd } from '../../formats/decompress.ts'
import { AvroBytes } from '../../values/avro-bytes.ts'
import { avroReader } from '../../values/avro-reader.ts'
import { type AvroType, parseAvroSchema } from '../../values/avro-schema.ts'
import { JsonWriter } from '../../values/json-writer.ts'
import { snappyContent } from './snappy.ts'

/** Reads a part of a row: its bytes, or null. */
export type ReadBytes = (bytes: AvroBytes) => Buffer | null

/**
 * The rows of an Avro container, some at a time: those of a block.
 *
 * @param readerOf makes the function that reads a row of this type
 * @throws an error when the bytes are no container, or its codec is not known
 */
export async function* avroRows<Row>(
  chunks: AsyncIterable<Buffer>,
  readerOf: (type: AvroType) => (bytes: AvroBytes) => Row,
): AsyncIterable<Row[]> {
  let read: ((bytes: AvroBytes) => Row) | undefined
  const bytes = new AvroBytes()
  for await (const { header, block } of blocksOf(chunks)) {
    read ??= readerOf(parseAvroSchema(JSON.stringify(header.schema), []))
    bytes.begin(await decompress(header.codec, block.data))
    const rows: Row[] = []
    while (rows.length < block.records) rows.push(read(bytes))
    if (bytes.at !== bytes.bytes.length) throw new Error('a block has more rows than it says')
    yield rows
  }
}

const inflate = promisify<Buffer, Buffer>(zlib.inflateRaw)

/** Behind a block of the codec `snappy` comes the CRC-32 of its content. */
const SNAPPY_CHECKSUM_BYTES = 4

/** By the names of the specification. Source: Apache Avro 1.12 specification, "Object Container Files". */
const decompressors: Record<string, (data: Buffer) => Buffer | Promise<Buffer>> = {
  null: data => data,
  deflate: data => inflate(data),
  zstandard: data => unzstd.whole(data),
  snappy(data) {
    const content = snappyContent(data.subarray(0, -SNAPPY_CHECKSUM_BYTES))
    if (zlib.crc32(content) !== data.readUInt32BE(data.length - SNAPPY_CHECKSUM_BYTES)) {
      throw new Error('a block does not match its checksum')
    }
    return content
  },
}

async function decompress(codec: string, data: Buffer): Promise<Buffer> {
  const decompressor = decompressors[codec]
  if (!decompressor) throw new Error(`its codec ${codec} can't be read; ${Object.keys(decompressors).join(', ')} can`)
  return await decompressor(data)
}

/** Bytes of JSON that a value may become: many times the largest record that Kafka takes by default (1 MB). */
const MOST_JSON_BYTES = 64 * 1024 * 1024

const json = new JsonWriter()

/**
 * The bytes that a value stands for: of a string its text, of bytes and fixed themselves, of null none. Anything else becomes its
 * JSON, as `VALUE_FORMAT=avro` writes it. Of a union, the branch decides.
 */
export function bytesReader(type: AvroType): ReadBytes {
  if (type.kind === 'null') return () => null
  if (type.kind === 'string') return bytes => taken(bytes, bytes.int())
  if (type.kind === 'bytes' && type.decimalScale === undefined) return bytes => taken(bytes, bytes.int())
  if (type.kind === 'fixed' && type.decimalScale === undefined) return bytes => taken(bytes, type.size)
  if (type.kind === 'union') {
    const branches = type.branches.map(bytesReader)
    return bytes => {
      const read = branches[bytes.int()]
      if (!read) throw new Error('a union has no such branch')
      return read(bytes)
    }
  }
  const read = avroReader(type)
  return bytes => {
    json.begin(MOST_JSON_BYTES)
    read(bytes, json)
    return json.end()
  }
}

/** A copy, as the block is larger than most values. */
function taken(bytes: AvroBytes, length: number): Buffer {
  const start = bytes.take(length)
  return Buffer.from(bytes.bytes.subarray(start, start + length))
}

/** Reads the items of an array, or the entries of a map, by a function for one of them. */
export function readItems<Item>(bytes: AvroBytes, read: (bytes: AvroBytes) => Item): Item[] {
  const items: Item[] = []
  for (let count = bytes.int(); count !== 0; count = bytes.int()) {
    // A negative count is followed by the size of the block.
    if (count < 0) bytes.int()
    for (let index = 0; index < Math.abs(count); index++) items.push(read(bytes))
  }
  return items
}
