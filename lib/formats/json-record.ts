import { isUtf8 } from 'node:buffer'
import type { RecordHeader } from '../record.ts'
import type { EncodeOptions, StoredRecord, ValueContent } from './format.ts'

/** A header of the JSON record. */
export interface JsonHeader {
  key: string
  value: string | null
  valueEncoding?: 'base64'
}

/**
 * One record of the formats json and jsonl, its fields in alphabetical order. Text stands as text; bytes that are not
 * valid UTF-8 stand as base64 with the encoding beside them. The fields are those of Alibaba Cloud's Kafka-to-OSS connector.
 */
export interface JsonRecord {
  headers?: JsonHeader[]
  key: string | null
  keyEncoding?: 'base64'
  offset: number
  /** The value is in the object that `valueObject` names. */
  overflowFlag?: true
  partition: number
  timestamp: number
  topic: string
  /** A string, or null for a tombstone; with values of JSON any JSON value. */
  value: unknown
  /** `json` where a value of JSON is a string or null, which would else be text or a tombstone. */
  valueEncoding?: 'base64' | 'json'
  valueObject?: string
  valueSize?: number
}

/** What stands around and between the records of an object. */
export interface Frame {
  open: string
  separator: string
  close: string
}

/** Records stringified at once: few enough to stay in the processor's cache, enough to spread the call's cost. */
const RECORDS_PER_CHUNK = 100

/** The records as JSON texts in the frame. */
export function encodeRecords(records: StoredRecord[], options: EncodeOptions, frame: Frame): Buffer {
  const toJson = jsonRecordOf(options)
  const texts: string[] = []
  for (let start = 0; start < records.length; start += RECORDS_PER_CHUNK) {
    const chunk = records.slice(start, start + RECORDS_PER_CHUNK)
    const text = separate(JSON.stringify(chunk.map(toJson)), options, frame)
    texts.push(options.values === 'json' ? embedValues(text, chunk) : text)
  }
  return join(texts, frame)
}

/** Texts in Latin-1 as bytes, without a copy of the whole as a string. */
function join(texts: string[], { open, separator, close }: Frame): Buffer {
  const between = separator.length * Math.max(texts.length - 1, 0)
  const length = texts.reduce((sum, text) => sum + text.length, open.length + between + close.length)
  const bytes = Buffer.allocUnsafeSlow(length)
  let end = bytes.write(open, 'latin1')
  for (const [index, text] of texts.entries()) {
    if (index > 0) end += bytes.write(separator, end, 'latin1')
    end += bytes.write(text, end, 'latin1')
  }
  bytes.write(close, end, 'latin1')
  return bytes
}

/**
 * The elements of an array of records with the separator between them. What a record begins with comes nowhere else in the
 * array: a header begins otherwise, and in a string the quotation marks are escaped.
 */
function separate(array: string, { includeHeaders }: EncodeOptions, { separator }: Frame): string {
  const elements = array.slice(1, -1)
  if (separator === ',') return elements
  const start = includeHeaders ? '{"headers":' : '{"key":'
  return elements.replaceAll(`},${start}`, `}${separator}${start}`)
}

/**
 * Stands for a value of JSON until {@link embedValues} puts it there as it is, since JavaScript's numbers couldn't hold all
 * of JSON's. No header's value is a number, so it too comes nowhere else.
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

/** A JSON text in one line: control characters are whitespace in it, between its tokens, and may be a separator here. */
function embeddedText(json: Buffer): string {
  return json.toString('latin1').replace(/[\n\r\t]/g, ' ')
}

/** The function that maps the records fastest. */
function jsonRecordOf(options: EncodeOptions): (record: StoredRecord) => JsonRecord {
  const { values, includeValueSize, maxInlineValueBytes } = options
  const plain = values === 'bytes' && !includeValueSize && maxInlineValueBytes === undefined
  if (!plain) return record => jsonRecord(record, options)
  return record => plainRecord(record, options)
}

/**
 * A record of text, as nearly all are: one shape without absent fields is what JSON.stringify is fastest with. It is one object
 * from the start, since a copy for each record is garbage that a batch is made of.
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

/** A record with whatever it may have. */
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

/** What stands for a value, and how a reader gets its bytes from that. */
function jsonValue(value: Buffer | null, content: ValueContent) {
  if (value === null || content === 'bytes') return jsonBytes(value)
  if (content === 'base64') return { text: value.toString('base64'), encoding: 'base64' as const }
  return { text: PLACEHOLDER, encoding: STRING_OR_NULL.test(value.toString('latin1')) ? ('json' as const) : undefined }
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

/**
 * The elements of a JSON array of records.
 *
 * @throws any error when it is none
 */
export function decodeRecords(array: string): StoredRecord[] {
  const records = JSON.parse(array) as JsonRecord[]
  if (!records.some(hasEmbeddedValue)) return records.map(storedRecord)
  return (JSON.parse(array, exactNumber) as JsonRecord[]).map(storedRecord)
}

function hasEmbeddedValue({ value, valueEncoding }: JsonRecord): boolean {
  return valueEncoding === 'json' || (value !== null && typeof value !== 'string')
}

/** Keeps the digits of numbers that JavaScript's can't hold. */
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
