import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import avsc from 'avsc'
import { CodedError } from '../error.ts'
import { blockAt, MAGIC, METADATA, SYNC_MARKER_BYTES } from './avro-container.ts'
import { exactType, needsExactLong } from './avro-long.ts'
import type { FormatCodec } from './codec.ts'
import type { CompressionName } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import type { JoinedObject } from './joining.ts'

/** An Avro Object Container File. Its frames are blocks without the header. */
export const avro = {
  encode,
  decode,
  joining: {
    frame: (records, options) => blocksOf(records, options, FRAME_MARKER),
    records: (frame, options) => decode(Buffer.concat([layoutOf(options).header, FRAME_MARKER, frame])),
    begin: (options, identity) => joinedContainer(options, syncMarkerOf([identity])),
  },
} satisfies FormatCodec

/** Avro's names for our compressions. Every reader must know `null` and `deflate`, which is gzip without its frame. */
const codecs: Record<CompressionName, string> = { none: 'null', gzip: 'deflate', zstd: 'zstandard' }

/** Bytes of a block before compression: larger blocks compress better, but a reader holds a whole block in memory. */
const BLOCK_BYTES = 256 * 1024

/** More than a record takes beside its topic, key, value, headers and the key of its value's object. */
const RECORD_OVERHEAD_BYTES = 128

async function encode(records: StoredRecord[], options: EncodeOptions): Promise<Buffer> {
  const [first] = records
  const syncMarker = syncMarkerOf(first ? [first.topic, first.partition, first.offset, records.length] : [])
  return Buffer.concat([layoutOf(options).header, syncMarker, await blocksOf(records, options, syncMarker)])
}

async function blocksOf(records: StoredRecord[], options: EncodeOptions, syncMarker: Buffer): Promise<Buffer> {
  const { type } = layoutOf(options)
  const rowType = records.some(needsExactLong) ? exactType(schemaOf(options)) : type
  const encoder = new avsc.streams.BlockEncoder(rowType, {
    codec: codecs[options.compression],
    codecs: { ...avsc.streams.BlockEncoder.defaultCodecs(), zstandard: zlib.zstdCompress },
    syncMarker,
    blockSize: blockSizeFor(records),
    writeHeader: 'never',
  })
  return Buffer.concat(await Array.fromAsync<Buffer>(Readable.from(rowsOf(records, options)).pipe(encoder)))
}

/** Ends the blocks of frames, which aren't a file yet. */
const FRAME_MARKER = Buffer.alloc(SYNC_MARKER_BYTES)

/** Copies the blocks of frames and ends them with the file's own marker. */
function joinedContainer(options: EncodeOptions, syncMarker: Buffer): JoinedObject {
  const header = [layoutOf(options).header, syncMarker]
  const takeHeader = () => header.splice(0)
  return {
    async add(frame) {
      const parts = takeHeader()
      for (let position = 0; position < frame.length; ) {
        const block = blockAt(frame, position)
        if (!block) throw new CodedError('RECORD_UNDECODABLE', 'The last block of a frame is cut off.')
        parts.push(block.bytes, syncMarker)
        position = block.end
      }
      return parts
    },
    async end() {
      return takeHeader()
    },
  }
}

/** The encoder allocates a whole block at once. A block for these records is enough, and much less for an object of a few. */
function blockSizeFor(records: StoredRecord[]): number {
  let bytes = 0
  for (const { topic, key, value, headers, valueObject } of records) {
    bytes += RECORD_OVERHEAD_BYTES + 3 * (topic.length + (valueObject?.length ?? 0))
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
    for (const header of headers) bytes += RECORD_OVERHEAD_BYTES + 3 * header.key.length + (header.value?.length ?? 0)
    if (bytes >= BLOCK_BYTES) return BLOCK_BYTES
  }
  return bytes
}

/** What all objects with the same options have in common. */
interface Layout {
  type: avsc.Type
  /** The file's header up to its sync marker. */
  header: Buffer
}

/** Compiling the schema takes most of the time of an object with a few records, so each function does it once. */
const layouts = new WeakMap<EncodeOptions, Layout>()

function layoutOf(options: EncodeOptions): Layout {
  const known = layouts.get(options)
  if (known) return known
  const schema = schemaOf(options)
  const metadata = {
    'avro.schema': Buffer.from(JSON.stringify(schema)),
    'avro.codec': Buffer.from(codecs[options.compression]),
  }
  const layout = {
    type: avsc.Type.forSchema(schema),
    header: Buffer.concat([MAGIC, METADATA.toBuffer(metadata)]),
  }
  layouts.set(options, layout)
  return layout
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
function syncMarkerOf(identity: (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(identity)).digest().subarray(0, SYNC_MARKER_BYTES)
}

async function decode(bytes: Buffer): Promise<StoredRecord[]> {
  try {
    const codecs = { ...avsc.streams.BlockDecoder.defaultCodecs(), zstandard: zlib.zstdDecompress }
    const decoder = new avsc.streams.BlockDecoder({ codecs, parseHook: exactType })
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
