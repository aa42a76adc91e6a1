import { isUtf8 } from 'node:buffer'
import type { RecordHeader } from '../record.ts'
import type { EncodeOptions, StoredRecord, ValueContent } from './format.ts'
import { Latin1Text } from './latin1-text.ts'

/** A header of a JSON record. */
export interface JsonHeader {
  key: string
  value: string | null
  valueEncoding?: 'base64'
}

/**
 * One record of the formats json and jsonl, its fields in alphabetical order. Valid UTF-8 is written as text, other bytes
 * as base64, which an encoding field then indicates. The fields are those of Alibaba Cloud's Kafka-to-OSS connector.
 */
export interface JsonRecord {
  headers?: JsonHeader[]
  key: string | null
  keyEncoding?: 'base64'
  offset: number
  /** Set when the value is in the object that `valueObject` names. */
  overflowFlag?: true
  partition: number
  timestamp: number
  topic: string
  /** A string, or null for a tombstone. When the values are JSON: any JSON value. */
  value: unknown
  /** `json` when a JSON value is a string or null, which would otherwise read as text or a tombstone. */
  valueEncoding?: 'base64' | 'json'
  valueObject?: string
  valueSize?: number
}

/** The text around and between the records of an object. */
export interface Frame {
  open: string
  separator: string
  close: string
}

/** Records per call of `JSON.stringify`: few enough to stay in the processor's cache, enough to spread the call's cost. */
const RECORDS_PER_CHUNK = 100

/** The records as JSON texts within the frame. */
export function encodeRecords(
  records: StoredRecord[],
  options: EncodeOptions,
  { open, separator, close }: Frame,
): Buffer {
  const toJson = jsonRecordOf(options)
  const text = new Latin1Text(likelyBytes(records))
  text.append(open)
  for (let start = 0; start < records.length; start += RECORDS_PER_CHUNK) {
    if (start > 0) text.append(separator)
    const chunk = records.slice(start, start + RECORDS_PER_CHUNK)
    const elements = separate(JSON.stringify(chunk.map(toJson)), options, separator)
    text.append(options.values === 'json' ? embedValues(elements, chunk) : elements)
  }
  text.append(close)
  return text.take()
}

/** More than nearly all records take beside their keys and values, and the share by which escapes make those longer. */
const RECORD_BYTES = 200
const ESCAPES = 1.25

function likelyBytes(records: StoredRecord[]): number {
  let bytes = 0
  for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0)
  return Math.ceil(bytes * ESCAPES) + records.length * RECORD_BYTES
}

/**
 * Puts the separator between the elements of an array of records. The text that begins a record occurs nowhere else in the
 * array: headers begin differently, and quotation marks within strings are escaped.
 */
function separate(array: string, { includeHeaders }: EncodeOptions, separator: string): string {
  const elements = array.slice(1, -1)
  if (separator === ',') return elements
  const start = includeHeaders ? '{"headers":' : '{"key":'
  return elements.replaceAll(`},${start}`, `}${separator}${start}`)
}

/**
 * Holds the place of a JSON value until {@link embedValues} inserts its text unchanged: parsing it would lose digits of
 * large numbers. No header's value is a number, so this text occurs nowhere else either.
 */
const PLACEHOLDER = 0
const WITH_PLACEHOLDER = `"value":${PLACEHOLDER}`

function embedValues(text: string, records: StoredRecord[]): string {
  const pieces = text.split(WITH_PLACEHOLDER)
  let piece = 0
  let embedded = pieces[piece] as string
  for (const { value } of records) {
    if (value !== null) embedded += `"value":${embeddedText(value)}${pieces[++piece]}`
  }
  return embedded
}

/** A JSON text in one line. Its control characters are whitespace between tokens, and could be mistaken for a separator. */
function embeddedText(json: Buffer): string {
  return json.toString('latin1').replace(/[\n\r\t]/g, ' ')
}

/** The fastest function that maps records under these options. */
function jsonRecordOf(options: EncodeOptions): (record: StoredRecord) => JsonRecord {
  const { values, includeValueSize, maxInlineValueBytes } = options
  const plain = values === 'bytes' && !includeValueSize && maxInlineValueBytes === undefined
  if (!plain) return record => jsonRecord(record, options)
  return record => plainRecord(record, options)
}

/**
 * A record of text, as nearly all are. `JSON.stringify` is fastest with objects of one shape without absent fields. The object
 * is built in one step: a copy per record would be a batch's worth of garbage.
 */
function plainRecord(record: StoredRecord, options: EncodeOptions): JsonRecord {
  const { headers, offset, partition, timestamp } = record
  const topic = textAsLatin1(record.topic)
  const key = record.key && utf8AsLatin1(record.key)
  const value = record.value && utf8AsLatin1(record.value)
  if (key === undefined || value === undefined) return jsonRecord(record, options)
  if (!options.includeHeaders) return { key, offset, partition, timestamp, topic, value }
  const list = headers.length === 0 ? NO_HEADERS : headers.map(jsonHeader)
  return { headers: list, key, offset, partition, timestamp, topic, value }
}

const NO_HEADERS: JsonHeader[] = []

/** A record with every field that it may have. */
function jsonRecord(record: StoredRecord, { values, includeHeaders }: EncodeOptions): JsonRecord {
  const { offset, partition, timestamp, valueObject, valueSize } = record
  const key = jsonBytes(record.key)
  const value = jsonValue(record.value, values)
  return {
    headers: includeHeaders ? record.headers.map(jsonHeader) : undefined,
    key: key.text,
    keyEncoding: key.encoding,
    offset,
    overflowFlag: valueObject === undefined ? undefined : true,
    partition,
    timestamp,
    topic: textAsLatin1(record.topic),
    value: value.text,
    valueEncoding: value.encoding,
    valueObject: valueObject === undefined ? undefined : textAsLatin1(valueObject),
    valueSize,
  }
}

/** A value's JSON, and the encoding by which a reader gets the bytes back. */
function jsonValue(value: Buffer | null, content: ValueContent): JsonValue {
  return value === null ? { text: null } : jsonValues[content](value)
}

interface JsonValue {
  text: string | number | null
  encoding?: JsonRecord['valueEncoding']
}

const jsonValues: Record<ValueContent, (value: Buffer) => JsonValue> = {
  bytes: jsonBytes,
  base64: value => ({ text: value.toString('base64'), encoding: 'base64' }),
  json: value => ({ text: PLACEHOLDER, encoding: STRING_OR_NULL.test(value.toString('latin1')) ? 'json' : undefined }),
}

const STRING_OR_NULL = /^\s*["n]/

function jsonBytes(bytes: Buffer | null): { text: string | null; encoding?: 'base64' } {
  const text = bytes && utf8AsLatin1(bytes)
  return text === undefined ? { text: (bytes as Buffer).toString('base64'), encoding: 'base64' } : { text }
}

function jsonHeader({ key, value }: RecordHeader): JsonHeader {
  const { text, encoding } = jsonBytes(value)
  const name = textAsLatin1(key)
  return encoding === undefined ? { key: name, value: text } : { key: name, value: text, valueEncoding: encoding }
}

/**
 * UTF-8 bytes as a string with one character per byte, or undefined when they are not valid UTF-8. `JSON.stringify`
 * escapes only characters below 0x80, so writing its result as Latin-1 gives the UTF-8 bytes back unchanged. Decoding to
 * characters and encoding them again would take twice as long for text beyond Latin-1.
 */
function utf8AsLatin1(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('latin1') : undefined
}

/** The same name comes record after record, so the last conversion is kept. */
function textAsLatin1(text: string): string {
  if (text !== lastText) {
    lastText = text
    lastLatin1 = Buffer.from(text).toString('latin1')
  }
  return lastLatin1
}

let lastText = ''
let lastLatin1 = ''

/**
 * The records of a JSON array.
 *
 * @throws any error when the text is not such an array
 */
export function decodeRecords(array: string): StoredRecord[] {
  const records = JSON.parse(array) as JsonRecord[]
  if (!records.some(hasEmbeddedValue)) return records.map(storedRecord)
  return (JSON.parse(array, exactNumber) as JsonRecord[]).map(storedRecord)
}

function hasEmbeddedValue({ value, valueEncoding }: JsonRecord): boolean {
  return valueEncoding === 'json' || (value !== null && typeof value !== 'string')
}

/** Keeps the digits of numbers that a JavaScript number can't represent. */
function exactNumber(_: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value
  return JSON.rawJSON(source)
}

function storedRecord(record: JsonRecord): StoredRecord {
  const { topic, partition, offset, timestamp, valueObject, valueSize } = record
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesOf(record.key, record.keyEncoding),
    value: valueBytes(record),
    headers: (record.headers ?? []).map(({ key, value, valueEncoding }) => ({
      key,
      value: bytesOf(value, valueEncoding),
    })),
    ...(valueObject !== undefined && { valueObject }),
    ...(valueSize !== undefined && { valueSize }),
  }
}

function valueBytes(record: JsonRecord): Buffer | null {
  if (hasEmbeddedValue(record)) return Buffer.from(JSON.stringify(record.value))
  return bytesOf(record.value as string | null, record.valueEncoding as 'base64' | undefined)
}

function bytesOf(text: string | null, encoding: 'base64' | undefined): Buffer | null {
  return text === null ? null : Buffer.from(text, encoding ?? 'utf8')
}
