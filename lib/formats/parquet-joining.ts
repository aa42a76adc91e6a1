import { isDeepStrictEqual } from 'node:util'
import {
  type ColumnChunk,
  type ColumnMetaData,
  type CompressionCodec,
  type FileMetaData,
  parquetMetadata,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { CodedError } from '../error.ts'
import type { JoinedObject } from './joining.ts'
import { mergeStatistics } from './parquet-statistics.ts'

/** When a row group is closed: with the frame that reaches one of these. */
export interface RowGroupLimits {
  /** Compressed. */
  bytes: number
  rows: number
}

/**
 * A Parquet file out of others with the same schema and codec. The pages of their row groups are put one behind the other,
 * column by column, into larger row groups, without being decoded: a page can be read by itself, but for the column's
 * dictionary, which comes first and is there once. Source: Apache Parquet format, "File Format" and "Data Pages".
 */
export class JoinedParquet implements JoinedObject {
  #limits: RowGroupLimits
  #schema: SchemaElement[] | undefined
  #empty: () => Promise<Buffer>
  #group = new GrowingGroup()
  #closed: RowGroup[] = []
  #position = 0

  /** @param empty makes a file without records, in case there are no frames */
  constructor(limits: RowGroupLimits, empty: () => Promise<Buffer>) {
    this.#limits = limits
    this.#empty = empty
  }

  async add(frame: Buffer): Promise<Buffer[]> {
    const { schema, row_groups } = metadataOf(frame)
    this.#schema ??= schema
    if (!isDeepStrictEqual(schema, this.#schema)) {
      throw new CodedError('RECORD_UNDECODABLE', 'The columns of a frame are not those of the frames before.')
    }
    let bytes: Buffer[] = []
    for (const group of row_groups) {
      const parts = group.columns.map(chunk => new ChunkPart(frame, chunk))
      if (!this.#group.fits(parts)) bytes = bytes.concat(this.#close())
      this.#group.add(parts, Number(group.num_rows))
      const isFull = this.#group.bytes >= this.#limits.bytes || this.#group.rows >= this.#limits.rows
      if (isFull) bytes = bytes.concat(this.#close())
    }
    return bytes
  }

  async end(): Promise<Buffer[]> {
    if (!this.#schema) return [await this.#empty()]
    const bytes = this.#close()
    return [...bytes, footer(this.#schema, this.#closed)]
  }

  #close(): Buffer[] {
    const bytes: Buffer[] = this.#position === 0 ? [MAGIC] : []
    if (this.#position === 0) this.#position = MAGIC.length
    if (this.#group.rows === 0) return bytes
    this.#closed.push(this.#group.metadata(this.#position))
    this.#position += this.#group.bytes
    const content = this.#group.content()
    this.#group = new GrowingGroup()
    return bytes.concat(content)
  }
}

const MAGIC = Buffer.from('PAR1', 'latin1')

/**
 * Whether a file's pages can stand among those of frames: it has the same columns, the same codec, and no dictionaries but
 * the topic's, as others would end a row group.
 *
 * @param frame any
 */
export function isJoinable(file: Buffer, frame: Buffer, codec: CompressionCodec): boolean {
  const { schema, row_groups } = metadataOf(file)
  const chunks = row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data))
  return (
    chunks.length > 0 &&
    isDeepStrictEqual(schema, metadataOf(frame).schema) &&
    chunks.every(chunk => chunk?.codec === codec && (!chunk.dictionary_page_offset || isTopic(chunk)))
  )
}

function isTopic({ path_in_schema: [name] }: ColumnMetaData): boolean {
  return name === 'topic'
}

/** The file's metadata with bounds as they are in the file, so that they can be compared and written again. */
export function metadataOf(file: Buffer): FileMetaData {
  const parsers = { timestampFromMilliseconds: (millis: bigint) => millis, stringFromBytes: Buffer.from } as never
  try {
    return parquetMetadata(new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.length), { parsers })
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The frame is not a Parquet file.', { cause })
  }
}

function footer(schema: SchemaElement[], groups: RowGroup[]): Buffer {
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'kafka-functions' })
  writer.row_groups = groups
  writer.num_rows = groups.reduce((sum, { num_rows }) => sum + num_rows, 0n)
  writer.finish()
  // The writer begins a file; only its end is needed.
  return Buffer.from(bytes.getBytes().subarray(MAGIC.length))
}

/** A column's part of a row group: its dictionary if it has one, and its data pages. */
class ChunkPart {
  readonly metadata: ColumnMetaData
  readonly dictionary: Buffer
  readonly pages: Buffer

  constructor(file: Buffer, { meta_data }: ColumnChunk) {
    if (!meta_data) throw new CodedError('RECORD_UNDECODABLE', 'The frame’s columns are not in it.')
    const dataStart = Number(meta_data.data_page_offset)
    const start = Number(meta_data.dictionary_page_offset || dataStart)
    this.metadata = meta_data
    this.dictionary = file.subarray(start, dataStart)
    this.pages = file.subarray(dataStart, start + Number(meta_data.total_compressed_size))
  }
}

/** A row group that grows by the pages of others. */
class GrowingGroup {
  bytes = 0
  rows = 0
  #columns: GrowingChunk[] = []

  fits(parts: ChunkPart[]): boolean {
    return this.#columns.every((column, index) => column.fits(parts[index] as ChunkPart))
  }

  add(parts: ChunkPart[], rows: number): void {
    this.rows += rows
    if (this.#columns.length === 0) this.#columns = parts.map(({ metadata }) => new GrowingChunk(metadata))
    for (const [index, column] of this.#columns.entries()) this.bytes += column.add(parts[index] as ChunkPart)
  }

  content(): Buffer[] {
    return this.#columns.flatMap(column => column.content())
  }

  /** @param start where its first byte is in the file */
  metadata(start: number): RowGroup {
    let position = start
    const columns = this.#columns.map(column => {
      const chunk = column.chunk(position)
      position += column.bytes
      return chunk
    })
    const total_byte_size = columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n)
    return { columns, total_byte_size, num_rows: BigInt(this.rows), total_compressed_size: BigInt(this.bytes) }
  }
}

/** A column of a row group that grows. */
class GrowingChunk {
  bytes = 0
  #dictionary: Buffer = Buffer.alloc(0)
  #pages: Buffer[] = []
  #metadata: ColumnMetaData

  /** @param metadata of a part; whatever else it says is true of the part only */
  constructor({ type, path_in_schema, codec }: ColumnMetaData) {
    const sums = { num_values: 0n, total_uncompressed_size: 0n, total_compressed_size: 0n, data_page_offset: 0n }
    this.#metadata = { type, path_in_schema, codec, ...sums, encodings: [], encoding_stats: [] }
  }

  /** A column has one codec and one dictionary. */
  fits({ dictionary, metadata }: ChunkPart): boolean {
    const hasOne = dictionary.length === 0 || this.#dictionary.length === 0
    return metadata.codec === this.#metadata.codec && (hasOne || dictionary.equals(this.#dictionary))
  }

  /** @returns the bytes by which the column has grown */
  add({ dictionary, pages, metadata }: ChunkPart): number {
    const isFirst = this.#pages.length === 0
    const takesDictionary = dictionary.length > 0 && this.#dictionary.length === 0
    // Copies, because a frame's memory may be a part of something much larger.
    if (takesDictionary) this.#dictionary = Buffer.from(dictionary)
    this.#pages.push(Buffer.from(pages))
    const grown = pages.length + (takesDictionary ? dictionary.length : 0)
    this.bytes += grown
    const leftOut = takesDictionary ? 0n : uncompressedPageSize(dictionary)
    const column = this.#metadata
    column.num_values += metadata.num_values
    column.total_uncompressed_size += metadata.total_uncompressed_size - leftOut
    column.encodings = [...new Set([...column.encodings, ...metadata.encodings])]
    column.encoding_stats = mergeEncodings(column.encoding_stats, metadata.encoding_stats)
    column.statistics = isFirst ? metadata.statistics : mergeStatistics(column.statistics, metadata.statistics)
    return grown
  }

  content(): Buffer[] {
    return [this.#dictionary, ...this.#pages].filter(({ length }) => length > 0)
  }

  /** @param start where its first byte is in the file */
  chunk(start: number): ColumnChunk {
    const dictionary = this.#dictionary.length
    const meta_data = {
      ...this.#metadata,
      total_compressed_size: BigInt(this.bytes),
      data_page_offset: BigInt(start + dictionary),
      dictionary_page_offset: dictionary === 0 ? undefined : BigInt(start),
    }
    return { meta_data, file_offset: BigInt(start) }
  }
}

/** Bytes of a page before compression, with its header. */
function uncompressedPageSize(page: Buffer): bigint {
  if (page.length === 0) return 0n
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 }
  const { uncompressed_page_size } = parquetHeader(reader)
  return BigInt(reader.offset + uncompressed_page_size)
}

type EncodingStats = ColumnMetaData['encoding_stats']

/** How many pages have which encoding. A dictionary is there once. */
function mergeEncodings(some: EncodingStats, others: EncodingStats): EncodingStats {
  if (!some || !others) return undefined
  const merged = some.map(stats => ({ ...stats }))
  for (const { page_type, encoding, count } of others) {
    const same = merged.find(stats => stats.page_type === page_type && stats.encoding === encoding)
    if (!same) merged.push({ page_type, encoding, count })
    else if (page_type !== 'DICTIONARY_PAGE') same.count += count
  }
  return merged
}
