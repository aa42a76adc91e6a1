import { isUtf8 } from 'node:buffer'
import { CodedError } from '../failure/error.ts'
import type { KafkaRecord, RecordHeader } from '../record.ts'
import type { Format } from './format.ts'

/** A header of the JSON record. */
export interface JsonHeader {
  key: string
  value: string | null
  valueEncoding?: 'base64'
}

/**
 * One record of the JSON array, its fields in alphabetical order. Text stands as text; bytes that are not valid UTF-8
 * stand as base64 with the encoding beside them. The fields are those of Alibaba Cloud's Kafka-to-OSS connector.
 */
export interface JsonRecord {
  headers?: JsonHeader[]
  key: string | null
  keyEncoding?: 'base64'
  offset: number
  partition: number
  timestamp: number
  topic: string
  value: string | null
  valueEncoding?: 'base64'
}

/** One JSON array for one object. */
export const json: Format = { name: 'json', contentType: 'application/json', encode, decode }

/** Records stringified at once: few enough to stay in the processor's cache, enough to spread the call's cost. */
const RECORDS_PER_CHUNK = 100

function encode(records: KafkaRecord[], { includeHeaders }: { includeHeaders: boolean }): Buffer {
  const chunks: string[] = []
  for (let start = 0; start < records.length; start += RECORDS_PER_CHUNK) {
    const chunk = records.slice(start, start + RECORDS_PER_CHUNK)
    chunks.push(JSON.stringify(chunk.map(includeHeaders ? withHeaders : withoutHeaders)))
  }
  return joinArrays(chunks)
}

/** Several JSON arrays, in Latin-1, as the bytes of one array with the elements of all. */
function joinArrays(arrays: string[]): Buffer {
  const length = arrays.reduce((sum, array) => sum + array.length - 1, 1)
  const bytes = Buffer.allocUnsafeSlow(Math.max(length, 2))
  let end = 0
  // Each array's closing bracket is overwritten by the next one's opening bracket, which becomes the comma.
  for (const array of arrays) {
    bytes.write(array, end, 'latin1')
    if (end > 0) bytes[end] = COMMA
    end += array.length - 1
  }
  if (arrays.length === 0) bytes.write('[]')
  return bytes
}

const COMMA = 0x2c

function withHeaders(record: KafkaRecord): JsonRecord {
  return { headers: record.headers.map(jsonHeader), ...withoutHeaders(record) }
}

function withoutHeaders(record: KafkaRecord): JsonRecord {
  const { offset, partition, timestamp } = record
  const topic = textAsLatin1(record.topic)
  const key = record.key && utf8AsLatin1(record.key)
  const value = record.value && utf8AsLatin1(record.value)
  // Nearly every record is text: one shape without absent fields is what JSON.stringify is fastest with.
  if (key !== undefined && value !== undefined) return { key, offset, partition, timestamp, topic, value }
  return {
    key: key === undefined ? (record.key as Buffer).toString('base64') : key,
    keyEncoding: key === undefined ? 'base64' : undefined,
    offset,
    partition,
    timestamp,
    topic,
    value: value === undefined ? (record.value as Buffer).toString('base64') : value,
    valueEncoding: value === undefined ? 'base64' : undefined,
  }
}

function jsonHeader({ key, value }: RecordHeader): JsonHeader {
  const name = textAsLatin1(key)
  if (value === null) return { key: name, value: null }
  const text = utf8AsLatin1(value)
  return text === undefined
    ? { key: name, value: value.toString('base64'), valueEncoding: 'base64' }
    : { key: name, value: text }
}

/**
 * UTF-8 bytes as a string of one character per byte, undefined when they are no valid UTF-8. `JSON.stringify` escapes
 * only characters below 0x80, so writing its result as Latin-1 gives the UTF-8 bytes back unchanged; decoding to
 * characters and encoding them again would take twice as long for text beyond Latin-1.
 */
function utf8AsLatin1(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('latin1') : undefined
}

/** Names repeat from record to record, so the last one's text is kept. */
function textAsLatin1(text: string): string {
  if (text !== lastText) {
    lastText = text
    lastLatin1 = Buffer.from(text).toString('latin1')
  }
  return lastLatin1
}

let lastText = ''
let lastLatin1 = ''

function decode(bytes: Buffer): KafkaRecord[] {
  try {
    return (JSON.parse(bytes.toString()) as JsonRecord[]).map(kafkaRecord)
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', 'The object is no JSON array of records.', { cause })
  }
}

function kafkaRecord(record: JsonRecord): KafkaRecord {
  const { topic, partition, offset, timestamp } = record
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesOf(record.key, record.keyEncoding),
    value: bytesOf(record.value, record.valueEncoding),
    headers: (record.headers ?? []).map(({ key, value, valueEncoding }) => ({
      key,
      value: bytesOf(value, valueEncoding),
    })),
  }
}

function bytesOf(text: string | null, encoding: 'base64' | undefined): Buffer | null {
  return text === null ? null : Buffer.from(text, encoding ?? 'utf8')
}
