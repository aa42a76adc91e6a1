import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import avsc from 'avsc'
import { CodedError } from '../error.ts'
import type { CompressionName } from './compression.ts'
import type { EncodeOptions, FormatCodec, StoredRecord } from './format.ts'

/** An Avro Object Container File. Source: Apache Avro 1.12 specification, "Object Container Files". */
export const avro = { encode, decode } satisfies FormatCodec

/** Avro's names for our compressions. Every reader must know `null` and `deflate`, which is gzip without its frame. */
const codecs: Record<CompressionName, string> = { none: 'null', gzip: 'deflate', zstd: 'zstandard' }

/** Bytes of a block before compression: larger blocks compress better, but a reader holds a whole block in memory. */
const BLOCK_BYTES = 256 * 1024

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(schemaOf(options), {
    codec: codecs[options.compression],
    codecs: { ...avsc.streams.BlockEncoder.defaultCodecs(), zstandard: zlib.zstdCompress },
    syncMarker: syncMarkerOf(records),
    blockSize: BLOCK_BYTES,
    writeHeader: 'always',
  })
  return Buffer.concat(await Array.fromAsync<Buffer>(Readable.from(rowsOf(records, options)).pipe(encoder)))
}

/** A record as the schema defines it. */
interface AvroRecord extends Omit<StoredRecord, 'timestamp' | 'value' | 'valueSize' | 'valueObject'> {
  timestamp: number | null
  /** A string when the values are JSON. */
  value: Buffer | string | null
  valueSize?: number | null
  valueObject?: string | null
  overflowFlag?: boolean
}

/** The schema depends on the options alone, so all objects of a function have the same one. Unused fields are left out. */
function schemaOf({ values, includeHeaders, includeValueSize, maxInlineValueBytes }: EncodeOptions): avsc.Schema {
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

function* rowsOf(records: StoredRecord[], { values }: EncodeOptions): Iterable<AvroRecord> {
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

/** The marker between blocks. Avro's own tools choose a random one; ours follows from the records, so the bytes repeat. */
function syncMarkerOf(records: StoredRecord[]): Buffer {
  const [first] = records
  const identity = first && [first.topic, first.partition, first.offset, records.length]
  return createHash('sha256')
    .update(JSON.stringify(identity ?? []))
    .digest()
    .subarray(0, 16)
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  try {
    const codecs = { ...avsc.streams.BlockDecoder.defaultCodecs(), zstandard: zlib.zstdDecompress }
    const decoder = new avsc.streams.BlockDecoder({ codecs })
    let end: Buffer | undefined
    decoder.once('metadata', (_type, _codec, { sync }) => {
      end = sync
    })
    const rows = Array.fromAsync<AvroRecord>(decoder)
    decoder.end(bytes)
    const records = (await rows).map(storedRecord)
    // The decoder takes a truncated file for a complete one.
    if (!end?.equals(bytes.subarray(-end.length))) throw new Error('the last block is cut off')
    return records
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The object is not an Avro container of records.', { cause })
  }
}

function storedRecord(row: AvroRecord): StoredRecord {
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
