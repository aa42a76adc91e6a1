import { CodedError } from '../../error.ts'
import type { RecordHeader } from '../../record.ts'
import type { AvroBytes } from '../../values/avro-bytes.ts'
import type { AvroType } from '../../values/avro-schema.ts'
import type { LayoutObject, LayoutStore } from '../layout.ts'
import { avroRows, bytesReader, readItems } from './avro-rows.ts'
import { type Content, openContent } from './content.ts'
import { bytesOfJson } from './json-text.ts'
import { bytesOfParquet, columnOf, type ParquetRow, parquetRows } from './parquet-rows.ts'
import { linesOf } from './text-lines.ts'

type Bytes = Buffer | null

/**
 * What Confluent's sink writes of a record into an object: its value, its key, or its headers, one behind the other. Source:
 * confluentinc/kafka-connect-storage-cloud, `JsonRecordWriterProvider`, `AvroRecordWriterProvider`,
 * `ParquetRecordWriterProvider` and `RecordViews`. Parquet needs a record around everything but a structured value.
 */
export interface PartFile<Part> {
  json(line: string): Part
  avro(type: AvroType): (bytes: AvroBytes) => Part
  parquet(row: ParquetRow): Part
}

export function valueFile(isBase64: boolean): PartFile<Bytes> {
  return {
    json: line => bytesOfJson(valid(line), isBase64),
    avro: bytesReader,
    parquet: ({ row, columns }) => bytesOfParquet(row, columns),
  }
}

export function keyFile(isBase64: boolean): PartFile<Bytes> {
  return {
    json: line => bytesOfJson(valid(line), isBase64),
    avro: bytesReader,
    parquet({ row, columns }) {
      const column = columnOf(columns, 'key')
      if (!column) throw new Error('it has no column of keys')
      return bytesOfParquet(row.key, column)
    },
  }
}

/** A text of JSON, which a value that is no string is not parsed for. */
function valid(text: string): string {
  if (!text.startsWith('"')) JSON.parse(text)
  return text
}

/** Names and values are text, in a list that JSON and Parquet put into a record. */
interface TextHeader {
  key: string
  value: string | null
}

export const headersFile: PartFile<RecordHeader[]> = {
  json: line => (JSON.parse(line) as { headers: TextHeader[] }).headers.map(recordHeader),
  avro(type) {
    if (type.kind !== 'array' || type.items.kind !== 'record') throw new Error('it has no list of headers')
    const fields = type.items.fields.map(field => bytesReader(field.type))
    return bytes =>
      readItems(bytes, () => {
        const [key, value] = fields.map(read => read(bytes))
        return { key: String(key), value: value ?? null }
      })
  },
  parquet: ({ row }) => ((row.headers ?? []) as TextHeader[]).map(recordHeader),
}

function recordHeader({ key, value }: TextHeader): RecordHeader {
  return { key, value: value === null || value === undefined ? null : Buffer.from(value) }
}

/**
 * The parts in an object, some at a time.
 *
 * @throws CodedError `RESTORE_FORMAT_LOSSY` for the format `ByteArrayFormat`
 */
export async function* partsOf<Part>(
  object: Pick<LayoutObject, 'key' | 'size'>,
  store: LayoutStore,
  file: PartFile<Part>,
): AsyncIterable<Part[]> {
  if (isRaw(object.key)) throw rawRefused()
  const content = await openContent(object, store)
  if (content.format === 'avro') yield* avroRows(content.chunks, type => file.avro(type))
  else if (content.format === 'parquet') {
    for await (const rows of parquetRows(content.source)) yield rows.map(row => file.parquet(row))
  } else yield* jsonParts(content, file)
}

/** A JSON text in each line. The first one may be an array, so what the content looks like doesn't matter. */
async function* jsonParts<Part>({ chunks }: Content, file: PartFile<Part>): AsyncIterable<Part[]> {
  for await (const lines of linesOf(chunks)) {
    const texts = lines.map(line => line.toString().trim()).filter(text => text !== '')
    if (texts.length > 0) yield texts.map(text => file.json(text))
  }
}

/** `format.bytearray.extension`, with that of the compression. */
function isRaw(key: string): boolean {
  return /\.bin(\.gz)?$/.test(key)
}

function rawRefused(): CodedError {
  const reason = 'Its format has values with newlines between, so a value with a newline can’t be told from two.'
  return new CodedError('RESTORE_FORMAT_LOSSY', `${reason} Restore from JSON, Avro or Parquet, or from Kafka.`)
}
