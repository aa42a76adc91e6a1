import zlib from 'node:zlib'
import { type CompressionCodec, type Compressors, parquetReadObjects, type SchemaElement } from 'hyparquet'
import { type ColumnSource, parquetWrite } from 'hyparquet-writer'
import { CodedError } from '../error.ts'
import { freeBuffer } from '../free-buffer.ts'
import type { RecordHeader } from '../record.ts'
import { zstdContent } from '../zstd-frames.ts'
import { type ByteSource, bytesAsSource } from './byte-source.ts'
import type { FormatCodec } from './codec.ts'
import { type CompressionName, deflateOptions, zstdOptions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { GatheredFrames } from './gathered-frames.ts'
import { ParquetFileWriter } from './parquet-file-writer.ts'
import { isJoinable, JoinedParquet } from './parquet-joining.ts'
import { segmentsOf } from './parquet-pages.ts'
import { ROW_GROUP_BYTES, ROW_GROUP_ROWS } from './row-group.ts'

/** An Apache Parquet file: one row per record, columns compressed page by page. Its frames are files, too. */
export const parquet = {
  encode: (records, options) => file(columnsOf(records, options), options),
  decode,
  read,
  joining: {
    frame,
    async frameOf(object, options) {
      const columns = columnsOf([], options).map(joinable)
      return isJoinable(object, await file(columns, options), codecs[options.compression]) ? object : undefined
    },
    records: frame => decode(frame),
    begin(options) {
      const empty = () => file(columnsOf([], options), options)
      const begin = () => new JoinedParquet({ bytes: ROW_GROUP_BYTES, rows: ROW_GROUP_ROWS }, empty)
      return new GatheredFrames(begin(), { begin, anew: async object => frame(await decode(object), options) })
    },
  },
} satisfies FormatCodec

function frame(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  return file(columnsOf(records, options).map(joinable), options)
}

/** Dictionaries can't be joined unless they are the same, as only that of the topic is. */
function joinable(column: Column): Column {
  const [{ name }] = column.schema
  return { ...column, encoding: name === 'topic' ? 'RLE_DICTIONARY' : 'PLAIN' }
}

const codecs: Record<CompressionName, CompressionCodec> = { none: 'UNCOMPRESSED', gzip: 'GZIP', zstd: 'ZSTD' }

/** Rows in a row group, the unit that a reader loads at once. */
const ROWS_PER_GROUP = 100_000

/** Bytes of a page, which is compressed at once: enough for the values of most batches. The page's buffer grows by doubling. */
const PAGE_SIZE = 4_000_000

async function file(columns: Column[], { compression, compressionLevel }: EncodeOptions): Promise<Buffer> {
  const writer = new ParquetFileWriter()
  const pages: Uint8Array<ArrayBufferLike>[] = []
  parquetWrite({
    writer,
    schema: [{ name: 'KafkaRecord', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    columnData: columns.map(({ schema: [{ name }], ...column }) => ({ name, ...column })),
    codec: codecs[compression],
    compressors: {
      GZIP: page => {
        pages.push(page)
        return zlib.gzipSync(page, deflateOptions(page.length, compressionLevel))
      },
      ZSTD: page => {
        pages.push(page)
        return zlib.zstdCompressSync(page, zstdOptions(page.length, compressionLevel))
      },
    },
    rowGroupSize: ROWS_PER_GROUP,
    pageSize: PAGE_SIZE,
    createdBy: 'kafka-functions',
  })
  // The library asks for the length of a page that is compressed, so they are there up to the end.
  for (const { buffer } of pages) freeBuffer(Buffer.from(buffer))
  return writer.take()
}

/** A column with its part of the file's schema; the first element carries the column's name. */
type Column = Omit<ColumnSource, 'name'> & { schema: [SchemaElement, ...SchemaElement[]] }

/**
 * The columns depend on the options alone, so all objects of a function have the same ones. Unused columns are left out.
 *
 * `PLAIN` encoding leaves repeated values to the compression, which finds repeated keys as well as a dictionary does and
 * needs less memory. Rows are in offset order, so bounds of keys, values and headers would not help a query: no `statistics`.
 */
function columnsOf(records: StoredRecord[], options: EncodeOptions): Column[] {
  const { values, includeHeaders, includeValueSize, maxInlineValueBytes } = options
  const largeValues = maxInlineValueBytes !== undefined
  // A string: not all readers know the JSON type, and the library would stringify the text once more.
  const content: Partial<SchemaElement> = values === 'json' ? { converted_type: 'UTF8' } : {}
  const columns: Column[] = [
    { schema: [text('topic')], data: records.map(({ topic }) => topic) },
    { schema: [required('partition', 'INT32')], data: records.map(({ partition }) => partition) },
    { schema: [required('offset', 'INT64')], data: records.map(({ offset }) => BigInt(offset)), encoding: 'PLAIN' },
    { schema: [TIMESTAMP], data: records.map(timestampOf), encoding: 'PLAIN' },
    { schema: [optional('key', 'BYTE_ARRAY')], data: records.map(({ key }) => key), ...UNORDERED },
    {
      schema: [{ ...optional('value', 'BYTE_ARRAY'), ...content }],
      data: records.map(({ value }) => value),
      ...UNORDERED,
    },
  ]
  if (includeHeaders) columns.push({ schema: HEADERS, data: records.map(({ headers }) => headers), ...UNORDERED })
  if (includeValueSize || largeValues) {
    const sizes = records.map(({ valueSize }) => (valueSize === undefined ? null : BigInt(valueSize)))
    columns.push({ schema: [optional('valueSize', 'INT64')], data: sizes })
  }
  if (largeValues) {
    const objects = records.map(({ valueObject }) => valueObject ?? null)
    columns.push({ schema: [{ ...text('valueObject'), repetition_type: 'OPTIONAL' }], data: objects })
    columns.push({ schema: [required('overflowFlag', 'BOOLEAN')], data: objects.map(object => object !== null) })
  }
  return columns
}

const required = (name: string, type: SchemaElement['type']): SchemaElement => ({
  name,
  type,
  repetition_type: 'REQUIRED',
})
const optional = (name: string, type: SchemaElement['type']): SchemaElement => ({
  name,
  type,
  repetition_type: 'OPTIONAL',
})
const text = (name: string): SchemaElement => ({ ...required(name, 'BYTE_ARRAY'), converted_type: 'UTF8' })

const UNORDERED = { encoding: 'PLAIN', statistics: false } as const

const TIMESTAMP: SchemaElement = {
  ...optional('timestamp', 'INT64'),
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
}

/** A list of key and value. Source: Apache Parquet format, "Logical Types", lists. */
const HEADERS: Column['schema'] = [
  { name: 'headers', num_children: 1, converted_type: 'LIST', repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: 2, repetition_type: 'REQUIRED' },
  text('key'),
  optional('value', 'BYTE_ARRAY'),
]

function timestampOf({ timestamp }: StoredRecord): bigint | null {
  return timestamp === -1 ? null : BigInt(timestamp)
}

/** A row as the reader returns it. */
interface Row {
  topic: string
  partition: number
  offset: bigint
  timestamp: bigint | null
  key: Uint8Array | null
  /** A string when the values are JSON. */
  value: Uint8Array | string | null
  headers?: { key: string; value: Uint8Array | null }[]
  valueSize?: bigint | null
  valueObject?: string | null
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  return (await Array.fromAsync(read(bytesAsSource(bytes)))).flat()
}

const compressors: Compressors = {
  GZIP: bytes => zlib.gunzipSync(bytes),
  ZSTD: bytes => zstdContent(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  // The library's own decoder doesn't end for some damaged pages.
  SNAPPY() {
    throw new Error('these files have no pages of Snappy')
  },
}

async function* read(source: ByteSource): AsyncIterable<StoredRecord[]> {
  try {
    for await (const { bytes, metadata } of segmentsOf(source)) {
      const rows = await parquetReadObjects({
        file: { byteLength: bytes.length, slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer },
        metadata,
        compressors,
        utf8: false,
        parsers: { timestampFromMilliseconds: millis => millis },
      })
      yield (rows as Row[]).map(storedRecord)
    }
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not a Parquet file of records.', { cause })
  }
}

function storedRecord(row: Row): StoredRecord {
  const { topic, partition, offset, timestamp, key, value, headers = [], valueSize, valueObject } = row
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: timestamp === null ? -1 : Number(timestamp),
    key: asBuffer(key),
    value: typeof value === 'string' ? Buffer.from(value) : asBuffer(value),
    headers: headers.map(({ key, value }): RecordHeader => ({ key, value: asBuffer(value) })),
    ...(typeof valueSize === 'bigint' && { valueSize: Number(valueSize) }),
    ...(typeof valueObject === 'string' && { valueObject }),
  }
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
