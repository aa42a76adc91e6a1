import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CompressionName } from '../../../lib/formats/compression.ts'
import type { FormatName } from '../../../lib/formats/index.ts'

/** A record of the event, its key and value in base64, or as a format needs them. */
export interface FloorRecord<Content extends string | Buffer> {
  headers: readonly unknown[]
  key: Content
  offset: number
  partition: number
  timestamp: number
  topic: string
  value: Content
}

export interface FloorEvent {
  records: Record<string, FloorRecord<string>[]>
}

/** The least that gives the objects of a format: no check of anything, no record without key or value, no headers. */
export interface Floor {
  /** Base64 into what the format needs. */
  decode(base64: string): string | Buffer
  /** One pass over the records of an object that makes its bytes, in the pieces that are compressed each. */
  encode(records: FloorRecord<string | Buffer>[]): Buffer[]
  /** One piece: the library and the level of the format, in one call on this thread. */
  compress: Record<CompressionName, (bytes: Buffer) => Buffer>
}

/** Of output at once. Node's 16 KB take a little longer. */
const CHUNK_BYTES = 256 * 1024

const asBytes = (base64: string) => Buffer.from(base64, 'base64')
const asText = (base64: string) => Buffer.from(base64, 'base64').toString()
const asItIs = (bytes: Buffer) => bytes

const zstd = (bytes: Buffer) => zstdCompressSync(bytes, { pledgedSrcSize: bytes.length })

const ofWholeObject: Floor['compress'] = {
  none: asItIs,
  gzip: bytes => gzipSync(bytes, { level: 5, chunkSize: CHUNK_BYTES }),
  zstd,
}

/** One `JSON.stringify` of all records. JSON Lines have as many bytes, but for the brackets, so it is their floor as well. */
const json: Floor = {
  decode: asText,
  encode: records => [Buffer.from(JSON.stringify(records))],
  compress: ofWholeObject,
}

const NEWLINE = Buffer.from('\n')

/** The values, one after the other. */
const raw: Floor = {
  decode: asBytes,
  encode: (records: FloorRecord<Buffer>[]) => [Buffer.concat(records.flatMap(({ value }) => [value, NEWLINE]))],
  compress: ofWholeObject,
}

/** Blocks of Avro, written by a function for this one schema into one buffer, without a header. */
const avro: Floor = {
  decode: asBytes,
  encode: avroBlocks,
  compress: { none: asItIs, gzip: bytes => deflateRawSync(bytes, { chunkSize: CHUNK_BYTES }), zstd },
}

/** The pages of a Parquet file that grow with its records: offsets, times, keys and values, without a header and a footer. */
const parquet: Floor = {
  decode: asBytes,
  encode: parquetPages,
  compress: { none: asItIs, gzip: bytes => gzipSync(bytes, { chunkSize: CHUNK_BYTES }), zstd },
}

export const floors: Record<FormatName, Floor> = { json, jsonl: json, raw, avro, parquet }

/** The event's records with decoded keys and values, for each object. */
export function decodedRecords(event: FloorEvent, { decode }: Floor): FloorRecord<string | Buffer>[][] {
  return Object.values(event.records).map(records =>
    records.map(({ headers, key, offset, partition, timestamp, topic, value }) => {
      return { headers, key: decode(key), offset, partition, timestamp, topic, value: decode(value) }
    }),
  )
}

const BLOCK_BYTES = 256 * 1024
/** More than the numbers of a record take. */
const NUMBERS_BYTES = 64

function avroBlocks(records: FloorRecord<Buffer>[]): Buffer[] {
  const topic = Buffer.from(records[0]?.topic ?? '')
  const room = records.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  const bytes = Buffer.allocUnsafeSlow(room + records.length * (topic.length + NUMBERS_BYTES))
  const blocks: Buffer[] = []
  let [begin, end] = [0, 0]
  const writeBytes = (content: Buffer) => {
    end = writeLong(bytes, end, content.length)
    bytes.set(content, end)
    end += content.length
  }
  for (const { partition, offset, timestamp, key, value } of records) {
    const start = end
    writeBytes(topic)
    end = writeLong(bytes, end, partition)
    end = writeLong(bytes, end, offset)
    bytes[end++] = PRESENT
    end = writeLong(bytes, end, timestamp)
    bytes[end++] = PRESENT
    writeBytes(key)
    bytes[end++] = PRESENT
    writeBytes(value)
    bytes[end++] = NO_HEADERS
    if (end - begin <= BLOCK_BYTES) continue
    blocks.push(bytes.subarray(begin, start))
    begin = start
  }
  return [...blocks, bytes.subarray(begin, end)]
}

/** The second branch of a union with null, and the end of an array. */
const [PRESENT, NO_HEADERS] = [2, 0]

/** A number from 0 in Avro's variable-length zig-zag coding. Source: Apache Avro specification, "Binary Encoding". */
function writeLong(bytes: Buffer, start: number, value: number): number {
  let [rest, end] = [value * 2, start]
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) | 0x80
  for (; rest > 0x7f; rest >>>= 7) bytes[end++] = (rest & 0x7f) | 0x80
  bytes[end++] = rest
  return end
}

const LONG_BYTES = 8
const LENGTH_BYTES = 4

/** Pages in plain encoding. Source: Apache Parquet format, "Encodings", PLAIN. */
function parquetPages(records: FloorRecord<Buffer>[]): Buffer[] {
  const [offsets, timestamps] = [0, 1].map(() => Buffer.allocUnsafeSlow(records.length * LONG_BYTES)) as [
    Buffer,
    Buffer,
  ]
  const [keys, values] = (['key', 'value'] as const).map(field => {
    const room = records.reduce((sum, record) => sum + LENGTH_BYTES + record[field].length, 0)
    return Buffer.allocUnsafeSlow(room)
  }) as [Buffer, Buffer]
  let [row, keysEnd, valuesEnd] = [0, 0, 0]
  for (const { offset, timestamp, key, value } of records) {
    writeInt64(offsets, row * LONG_BYTES, offset)
    writeInt64(timestamps, row * LONG_BYTES, timestamp)
    keysEnd = writeByteArray(keys, keysEnd, key)
    valuesEnd = writeByteArray(values, valuesEnd, value)
    row += 1
  }
  return [offsets, timestamps, keys, values]
}

function writeInt64(bytes: Buffer, start: number, value: number): void {
  bytes.writeUInt32LE(value >>> 0, start)
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), start + 4)
}

function writeByteArray(bytes: Buffer, start: number, content: Buffer): number {
  bytes.writeUInt32LE(content.length, start)
  bytes.set(content, start + LENGTH_BYTES)
  return start + LENGTH_BYTES + content.length
}
