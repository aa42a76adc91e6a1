import type { ByteSource } from '../../formats/byte-source.ts'
import type { RecordHeader } from '../../record.ts'
import type { AvroBytes } from '../../values/avro-bytes.ts'
import type { AvroType } from '../../values/avro-schema.ts'
import type { AivenRecord } from './aiven-record.ts'
import { avroRows, bytesReader, readItems } from './avro-rows.ts'
import { bytesOfParquet, columnOf, type ParquetRow, parquetRows } from './parquet-rows.ts'
import { type LayoutSettings, type OutputField, outputFields } from './settings.ts'

/** Reads a field into a record. */
type ReadField = (bytes: AvroBytes, record: AivenRecord) => void

/** A record around the fields, each in the schema that Connect gave it. Source: `SinkSchemaBuilder`, `SinkRecordConverter`. */
export function avroRecords(chunks: AsyncIterable<Buffer>, { envelope = true }: LayoutSettings) {
  return avroRows(chunks, type => (envelope ? enveloped(type) : bare(type)))
}

function bare(type: AvroType): (bytes: AvroBytes) => AivenRecord {
  const read = bytesReader(type)
  return bytes => ({ value: read(bytes) })
}

function enveloped(type: AvroType): (bytes: AvroBytes) => AivenRecord {
  if (type.kind !== 'record') throw noEnvelope()
  const reads = type.fields.map(({ name, type }) => {
    if (!isField(name)) throw noEnvelope()
    return fieldReaders[name](type)
  })
  return bytes => {
    const record: AivenRecord = {}
    for (const read of reads) read(bytes, record)
    return record
  }
}

function isField(name: string): name is OutputField {
  return outputFields.some(field => field === name)
}

function noEnvelope(): Error {
  return new Error('its records have other fields than those of the envelope: restore it with `envelope: false`')
}

const fieldReaders: Record<OutputField, (type: AvroType) => ReadField> = {
  key: bytesField('key'),
  value: bytesField('value'),
  offset: numberField('offset'),
  timestamp: numberField('timestamp'),
  headers: type => {
    if (type.kind === 'null') return () => {}
    if (type.kind !== 'map') throw new Error('its headers are no map')
    const read = bytesReader(type.values)
    return (bytes, record) => {
      record.headers = readItems(bytes, () => ({ key: textOf(bytes), value: read(bytes) }))
    }
  },
}

function bytesField(name: 'key' | 'value'): (type: AvroType) => ReadField {
  return type => {
    const read = bytesReader(type)
    return (bytes, record) => {
      record[name] = read(bytes)
    }
  }
}

function numberField(name: 'offset' | 'timestamp'): (type: AvroType) => ReadField {
  return type => {
    if (type.kind !== 'long') throw new Error(`its ${name} is no long`)
    return (bytes, record) => {
      record[name] = Number(bytes.long())
    }
  }
}

function textOf(bytes: AvroBytes): string {
  const length = bytes.int()
  const start = bytes.take(length)
  return bytes.bytes.toString('utf8', start, start + length)
}

/** The same in Parquet. */
export async function* parquetRecords(source: ByteSource, { envelope = true }: LayoutSettings) {
  for await (const rows of parquetRows(source)) {
    yield rows.map(({ row, columns }): AivenRecord => {
      if (!envelope) return { value: bytesOfParquet(row, columns) }
      return parquetRecord({ row, columns })
    })
  }
}

function parquetRecord({ row, columns }: ParquetRow): AivenRecord {
  if (!columns.fields.every(({ element }) => isField(element.name))) throw noEnvelope()
  const bytes = (name: string) => {
    const column = columnOf(columns, name)
    return column ? bytesOfParquet(row[name], column) : null
  }
  const headers = columnOf(columns, 'headers')
  const header = ([key, value]: [string, unknown]): RecordHeader => ({
    key,
    value: bytesOfParquet(value, headers?.fields[0]?.fields[1] ?? columns),
  })
  return {
    key: bytes('key'),
    value: bytes('value'),
    ...(typeof row.offset === 'bigint' && { offset: Number(row.offset) }),
    ...(typeof row.timestamp === 'bigint' && { timestamp: Number(row.timestamp) }),
    ...(row.headers ? { headers: Object.entries(row.headers).map(header) } : {}),
  }
}
