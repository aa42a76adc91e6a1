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
  if (records.length === 0) return Buffer.from('[]')
  const chunks: Buffer[] = []
  for (let start = 0; start < records.length; start += RECORDS_PER_CHUNK) {
    const chunk = records.slice(start, start + RECORDS_PER_CHUNK).map(record => jsonRecord(record, includeHeaders))
    const bytes = Buffer.from(JSON.stringify(chunk), 'latin1')
    // Each chunk is an array of its own: its closing bracket becomes a comma, and the next one's opening bracket goes.
    bytes[bytes.length - 1] = COMMA
    chunks.push(start === 0 ? bytes : bytes.subarray(1))
  }
  const last = chunks[chunks.length - 1] as Buffer
  last[last.length - 1] = CLOSING_BRACKET
  return Buffer.concat(chunks)
}

const COMMA = 0x2c
const CLOSING_BRACKET = 0x5d

function jsonRecord(record: KafkaRecord, includeHeaders: boolean): JsonRecord {
  const { key, value } = record
  const keyText = key && utf8AsLatin1(key)
  const valueText = value && utf8AsLatin1(value)
  const keyEncoding = keyText === undefined ? 'base64' : undefined
  const valueEncoding = valueText === undefined ? 'base64' : undefined
  return {
    headers: includeHeaders ? record.headers.map(jsonHeader) : undefined,
    key: keyText === undefined ? (key as Buffer).toString('base64') : keyText,
    keyEncoding,
    offset: record.offset,
    partition: record.partition,
    timestamp: record.timestamp,
    topic: textAsLatin1(record.topic),
    value: valueText === undefined ? (value as Buffer).toString('base64') : valueText,
    valueEncoding,
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

function textAsLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

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
    headers: (record.headers ?? []).map(({ key, value, valueEncoding }) => ({ key, value: bytesOf(value, valueEncoding) })),
  }
}

function bytesOf(text: string | null, encoding: 'base64' | undefined): Buffer | null {
  return text === null ? null : Buffer.from(text, encoding ?? 'utf8')
}
