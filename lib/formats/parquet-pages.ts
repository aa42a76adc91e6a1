import {
  type ColumnChunk,
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadataAsync,
  type RowGroup,
} from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import type { ByteSource } from './byte-source.ts'

/** Compressed bytes of the pages that are decoded at once, unless a single page is larger. */
const SEGMENT_BYTES = 1024 * 1024

/** Some rows of a file as a file of their own, but for its metadata, which is beside it. */
export interface Segment {
  bytes: Buffer
  metadata: FileMetaData
}

/**
 * A file in segments: pages that stand for the same rows in all columns, so that a row group that was joined out of many is
 * decoded little by little. Holds the compressed bytes of one row group.
 *
 * @throws an error when the bytes are no Parquet file
 */
export async function* segmentsOf(source: ByteSource): AsyncIterable<Segment> {
  const slice = async (start: number, end = source.size) => new Uint8Array(await source.slice(start, end)).buffer
  const metadata = await parquetMetadataAsync({ byteLength: source.size, slice }, { parsers: ANY_TIME })
  for (const group of metadata.row_groups) {
    const spans = group.columns.map(spanOf)
    const start = spans.reduce((least, span) => Math.min(least, span.start), Number.POSITIVE_INFINITY)
    const end = spans.reduce((most, span) => Math.max(most, span.end), 0)
    const bytes = await source.slice(start, end)
    const columns = spans.map(span => pagesOf(bytes.subarray(span.start - start, span.end - start), span.metadata))
    yield* groupSegments(columns, group, metadata)
  }
}

/** Not all times are dates. */
const ANY_TIME = { timestampFromMilliseconds: (millis: bigint) => millis } as never

/** Where a column's part of a row group is in the file. */
function spanOf({ meta_data: metadata }: ColumnChunk) {
  if (!metadata) throw new Error('a column is in another file')
  // Some writers give a column without a dictionary a position of 0.
  const start = Number(metadata.dictionary_page_offset || metadata.data_page_offset)
  return { metadata, start, end: start + Number(metadata.total_compressed_size) }
}

/** A page with its header. */
interface Page {
  bytes: Buffer
  values: number
  /** Rows of the row group up to its last one; not a number where the page doesn't say. */
  rowEnd: number
}

/** A column's part of a row group. */
interface ColumnPages {
  metadata: ColumnMetaData
  dictionary: Buffer
  pages: Page[]
}

function pagesOf(chunk: Buffer, metadata: ColumnMetaData): ColumnPages {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 }
  const column: ColumnPages = { metadata, dictionary: Buffer.alloc(0), pages: [] }
  const isFlat = metadata.path_in_schema.length === 1
  let rows = 0
  while (reader.offset < chunk.length) {
    const start = reader.offset
    const header = parquetHeader(reader)
    if (header.compressed_page_size < 0) throw new Error('a page has a negative size')
    reader.offset += header.compressed_page_size
    const bytes = chunk.subarray(start, reader.offset)
    if (header.type === 'DICTIONARY_PAGE') {
      column.dictionary = bytes
      continue
    }
    const values = header.data_page_header_v2?.num_values ?? header.data_page_header?.num_values ?? 0
    // Pages of the first version say how many values they have. In a list that is not the number of rows.
    rows += header.data_page_header_v2?.num_rows ?? (isFlat ? values : Number.NaN)
    column.pages.push({ bytes, values, rowEnd: rows })
  }
  return column
}

function* groupSegments(columns: ColumnPages[], group: RowGroup, metadata: FileMetaData): Iterable<Segment> {
  const last = Number(group.num_rows)
  const [first, ...others] = columns.map(({ pages }) => new Set(pages.map(({ rowEnd }) => rowEnd)))
  const common = [...(first ?? [])].filter(row => row < last && others.every(rows => rows.has(row)))
  const waiting = columns.map(({ pages }) => pages.toReversed())
  let taken: Page[][] = columns.map(() => [])
  let begin = 0
  let bytes = 0
  for (const end of [...common, last]) {
    for (const [index, pages] of waiting.entries()) {
      for (let page = pages.at(-1); page && (end === last || page.rowEnd <= end); page = pages.at(-1)) {
        pages.pop()
        taken[index]?.push(page)
        bytes += page.bytes.length
      }
    }
    if (bytes < SEGMENT_BYTES && end < last) continue
    yield segment(columns, taken, end - begin, metadata)
    taken = columns.map(() => [])
    begin = end
    bytes = 0
  }
}

/** Stands before the first page, as in a file: readers take a position of 0 for none. */
const MAGIC = Buffer.from('PAR1', 'latin1')

function segment(columns: ColumnPages[], pages: Page[][], rows: number, metadata: FileMetaData): Segment {
  const parts: Buffer[] = [MAGIC]
  let position = MAGIC.length
  const chunks = columns.map(({ metadata, dictionary }, index): ColumnChunk => {
    const taken = pages[index] ?? []
    const start = position
    const content = [dictionary, ...taken.map(({ bytes }) => bytes)]
    for (const part of content) {
      position += part.length
      parts.push(part)
    }
    const meta_data = {
      ...metadata,
      num_values: BigInt(taken.reduce((sum, { values }) => sum + values, 0)),
      total_compressed_size: BigInt(position - start),
      dictionary_page_offset: dictionary.length === 0 ? undefined : BigInt(start),
      data_page_offset: BigInt(start + dictionary.length),
    }
    return { file_offset: BigInt(start), meta_data }
  })
  const group: RowGroup = { columns: chunks, total_byte_size: BigInt(position), num_rows: BigInt(rows) }
  return { bytes: Buffer.concat(parts), metadata: { ...metadata, num_rows: BigInt(rows), row_groups: [group] } }
}
