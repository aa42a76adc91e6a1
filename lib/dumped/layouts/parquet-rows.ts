import zlib from 'node:zlib'
import { type Compressors, parquetReadObjects, type SchemaElement } from 'hyparquet'
import type { ByteSource } from '../../formats/byte-source.ts'
import { segmentsOf } from '../../formats/parquet-pages.ts'
import { decimalText, numberText } from '../../values/avro-reader.ts'
import { zstdContent } from '../../zstd-frames.ts'
import { decimalScaleOf, isList, isMap, type ParquetField, readable } from './parquet-schema.ts'
import { snappyContent } from './snappy.ts'

/** A row, and what its columns are. */
export interface ParquetRow {
  row: Record<string, unknown>
  columns: ParquetField
}

const inMemory = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const compressors: Compressors = {
  GZIP: bytes => zlib.gunzipSync(bytes),
  ZSTD: bytes => zstdContent(inMemory(bytes)),
  BROTLI: bytes => zlib.brotliDecompressSync(bytes),
  SNAPPY: (bytes, length) => snappyContent(bytes, length),
}

/** Old times of 96 bits stay numbers. `toString` keeps a byte-order mark, which the library's decoder would drop. */
const parsers = {
  timestampFromNanoseconds: (nanos: bigint) => nanos,
  stringFromBytes: (bytes: Uint8Array) => bytes && inMemory(bytes).toString(),
} as never

/**
 * The rows of a Parquet file, some at a time. Holds the compressed bytes of a row group, and decoded those of its pages that stand
 * for the same rows: with writers whose pages don't end together, as Java's, the whole row group.
 *
 * @throws an error when the bytes are no Parquet file, or its codec is not known
 */
export async function* parquetRows(source: ByteSource): AsyncIterable<ParquetRow[]> {
  for await (const { bytes, metadata: original } of segmentsOf(source)) {
    const { metadata, columns } = readable(original)
    const file = {
      byteLength: bytes.length,
      slice: (start: number, end?: number) => new Uint8Array(bytes.subarray(start, end)).buffer,
    }
    const rows = await parquetReadObjects({ file, metadata, compressors, utf8: false, parsers })
    yield rows.map(row => ({ row, columns }))
  }
}

/** A column by its name. */
export function columnOf({ fields }: ParquetField, name: string): ParquetField | undefined {
  return fields.find(({ element }) => element.name === name)
}

/**
 * The bytes that a value stands for: of a string its text, of bytes themselves, of null none. Anything else becomes its JSON, as
 * that of Avro does.
 */
export function bytesOfParquet(value: unknown, field: ParquetField): Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array && decimalScaleOf(field.element) === undefined) return Buffer.from(value)
  return Buffer.from(jsonOfParquet(value, field))
}

/** A value as JSON: bytes in base64, decimals as strings of their digits, times as the numbers that they are. */
function jsonOfParquet(value: unknown, field: ParquetField): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint') return numberJson(value, field.element)
  if (value instanceof Uint8Array) return bytesJson(inMemory(value), field.element)
  if (Array.isArray(value)) return `[${value.map(one => jsonOfParquet(one, itemOf(field))).join()}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}:${jsonOfParquet(one, memberOf(field, name))}`,
  )
  return `{${members.join()}}`
}

function numberJson(value: number | bigint, element: SchemaElement): string {
  const scale = decimalScaleOf(element)
  if (scale === undefined) return typeof value === 'number' ? numberText(value) : String(value)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return `"${decimalText(bytes, scale)}"`
}

function bytesJson(bytes: Buffer, element: SchemaElement): string {
  const scale = decimalScaleOf(element)
  return `"${scale === undefined ? bytes.toString('base64') : decimalText(bytes, scale)}"`
}

/** What a list holds: the field of its repeated group. */
function itemOf(list: ParquetField): ParquetField {
  return (isList(list.element) && list.fields[0]?.fields[0]) || list
}

/** What a member of a group, or a value of a map, is. */
function memberOf(field: ParquetField, name: string): ParquetField {
  const member = isMap(field.element) ? field.fields[0]?.fields[1] : columnOf(field, name)
  return member ?? field
}
