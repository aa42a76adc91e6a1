import type avsc from 'avsc'
import type { EncodeOptions, StoredRecord } from './format.ts'

/** A record as the schema defines it. */
export interface AvroRecord extends Omit<StoredRecord, 'timestamp' | 'value' | 'valueSize' | 'valueObject'> {
  timestamp: number | null
  /** A string when the values are JSON. */
  value: Buffer | string | null
  valueSize?: number | null
  valueObject?: string | null
  overflowFlag?: boolean
}

/** The schema depends on the options alone, so all objects of a function have the same one. Unused fields are left out. */
export function schemaOf({
  values,
  includeHeaders,
  includeValueSize,
  maxInlineValueBytes,
}: EncodeOptions): avsc.Schema {
  const largeValues = maxInlineValueBytes !== undefined
  const fields: avsc.schema.RecordType['fields'] = [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
    { name: 'timestamp', type: ['null', { type: 'long', logicalType: 'timestamp-millis' } as never] },
    { name: 'key', type: ['null', 'bytes'] },
    { name: 'value', type: ['null', values === 'json' ? 'string' : 'bytes'] },
  ]
  if (includeHeaders) fields.push({ name: 'headers', type: { type: 'array', items: HEADER } })
  if (includeValueSize || largeValues) fields.push({ name: 'valueSize', type: ['null', 'long'] })
  if (largeValues) {
    fields.push({ name: 'valueObject', type: ['null', 'string'] }, { name: 'overflowFlag', type: 'boolean' })
  }
  return { type: 'record', name: 'KafkaRecord', fields }
}

const HEADER: avsc.Schema = {
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'key', type: 'string' },
    { name: 'value', type: ['null', 'bytes'] },
  ],
}

export function* rowsOf(records: StoredRecord[], { values }: EncodeOptions): Iterable<AvroRecord> {
  for (const record of records) {
    const { topic, partition, offset, key, headers, valueSize, valueObject } = record
    yield {
      topic,
      partition,
      offset,
      timestamp: record.timestamp === -1 ? null : record.timestamp,
      key,
      value: values === 'json' && record.value !== null ? record.value.toString() : record.value,
      headers,
      valueSize: valueSize ?? null,
      valueObject: valueObject ?? null,
      overflowFlag: valueObject !== undefined,
    }
  }
}

export function storedRecord(row: AvroRecord): StoredRecord {
  const { topic, partition, offset, timestamp, key, value, headers = [], valueSize, valueObject } = row
  return {
    topic,
    partition,
    offset,
    timestamp: timestamp ?? -1,
    key,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: headers.map(({ key, value }) => ({ key, value })),
    ...(typeof valueSize === 'number' && { valueSize }),
    ...(typeof valueObject === 'string' && { valueObject }),
  }
}
