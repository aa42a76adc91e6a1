import type { TimestampType } from '../../kafka/read/consumed-record.ts'
import type { RecordHeader } from '../../record.ts'
import type { ScreenedRecord } from '../intake/screened-record.ts'
import { asciiBytes, base64Bytes, integerBytes, type JsonBytes } from './json-bytes.ts'

/**
 * The largest payload of a synchronous invocation, in bytes. Source: AWS Lambda quotas, "Invocation payload (request and
 * response)"; serverless-offline enforces the same number.
 */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024

/** The fields of an event that describe its source. Only MSK has an ARN. */
export interface EventSource {
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  eventSourceArn?: string
  /** Comma-separated `host:port`. */
  bootstrapServers: string
}

/** The text before and after the records of an event. */
export interface Envelope {
  head: string
  tail: string
}

/** The envelope of a mapping's events; the fields are in the order in which AWS documents them. */
export function envelopeOf({ eventSource, eventSourceArn, bootstrapServers }: EventSource): Envelope {
  const source = JSON.stringify({ eventSource, eventSourceArn, bootstrapServers })
  return { head: `${source.slice(0, -1)},"records":{`, tail: '}}' }
}

/** The key of a topic-partition's records in an event, such as `orders-0`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** The beginning that the JSON of all records of a topic-partition shares, up to the offset. It is ASCII, as topic names are. */
export function recordPrefix(topic: string, partition: number): Uint8Array {
  return asciiBytes(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
}

/** What is between the fields of a record. */
const timestampField = asciiBytes(',"timestamp":')
const timestampTypes: Record<TimestampType, Uint8Array> = {
  CREATE_TIME: asciiBytes(',"timestampType":"CREATE_TIME"'),
  LOG_APPEND_TIME: asciiBytes(',"timestampType":"LOG_APPEND_TIME"'),
}
const keyField = asciiBytes(',"key":"')
const valueField = asciiBytes(',"value":"')
const quote = asciiBytes('"')
const withoutHeaders = asciiBytes(',"headers":[]}')

/**
 * Writes one record in the event's format. The JSON is assembled by hand because this runs for every record:
 * `JSON.stringify` of the object costs several times as much.
 *
 * A null key or value has no field. Observed: a record without a key has none in an event logged on AWS (2021), and
 * Powertools for TypeScript, issue 5016, reports tombstones without `value`.
 *
 * @param into must have room for {@link recordBytes}
 */
export function writeRecord(into: JsonBytes, prefix: Uint8Array, record: ScreenedRecord): void {
  const { key, value, headers, schemas } = record
  into.bytes(prefix)
  into.integer(record.offset)
  into.bytes(timestampField)
  into.integer(record.timestamp)
  into.bytes(timestampTypes[record.timestampType])
  if (key) writeBase64(into, keyField, key)
  if (value) writeBase64(into, valueField, value)
  if (headers.length === 0 && !schemas) into.bytes(withoutHeaders)
  else into.text(`,"headers":[${headersJson(headers)}]${schemas ? schemasJson(schemas) : ''}}`)
}

function writeBase64(into: JsonBytes, field: Uint8Array, bytes: Buffer): void {
  into.bytes(field)
  into.base64(bytes)
  into.bytes(quote)
}

/** How many bytes {@link writeRecord} writes, so that a batch knows whether a record fits. */
export function recordBytes(prefix: Uint8Array, record: ScreenedRecord): number {
  const { offset, timestamp, timestampType, key, value, headers, schemas } = record
  let bytes = prefix.length + integerBytes(offset) + timestampField.length + integerBytes(timestamp)
  bytes += timestampTypes[timestampType].length + withoutHeaders.length
  if (key) bytes += keyField.length + base64Bytes(key) + quote.length
  if (value) bytes += valueField.length + base64Bytes(value) + quote.length
  if (schemas) bytes += schemasJson(schemas).length
  return headers.length === 0 ? bytes : bytes + Buffer.byteLength(headersJson(headers))
}

/**
 * The fields that say with which schemas key and value were validated. They are ASCII.
 * Source: AWS Lambda Developer Guide, "Using schema registries with Kafka event sources", "Payload formats and deserialization
 * behavior".
 */
function schemasJson({ key, value }: NonNullable<ScreenedRecord['schemas']>): string {
  const ofKey = key ? `,"keySchemaMetadata":${JSON.stringify(key)}` : ''
  return value ? `${ofKey},"valueSchemaMetadata":${JSON.stringify(value)}` : ofKey
}

function headersJson(headers: readonly RecordHeader[]): string {
  return headers.map(({ key, value }) => `{${JSON.stringify(key)}:${headerBytes(value)}}`).join()
}

/**
 * A header's bytes are an array of signed numbers: `ë` is `[-61,-85]`. Sources: aws/aws-lambda-go issue 422 and
 * pull request 506, aws-powertools/powertools-lambda-python issue 6862.
 */
function headerBytes(value: Buffer | null): string {
  if (value === null) return 'null'
  const { buffer, byteOffset, byteLength } = value
  return `[${new Int8Array(buffer, byteOffset, byteLength).join()}]`
}
