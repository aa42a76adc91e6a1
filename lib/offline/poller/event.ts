import type { RecordHeader } from '../../record.ts'
import type { ScreenedRecord } from '../intake/screened-record.ts'

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
export function recordPrefix(topic: string, partition: number): Buffer {
  return Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
}

/**
 * Writes one record in the event's format. The JSON is assembled by hand because this runs for every record:
 * `JSON.stringify` of the object costs several times as much. The value is written separately, because as a part of a longer
 * text it would be copied twice, and what is always ASCII is written as such, which takes half the time.
 *
 * A null key or value has no field. Observed: a record without a key has none in an event logged on AWS (2021), and
 * Powertools for TypeScript, issue 5016, reports tombstones without `value`.
 *
 * @param into must have room for {@link recordBytes}
 * @returns the position after the record
 */
export function writeRecord(into: Buffer, start: number, prefix: Buffer, record: ScreenedRecord): number {
  const { offset, timestamp, timestampType, key, value, headers, schemas } = record
  into.set(prefix, start)
  let at = start + prefix.length
  let json = `${offset},"timestamp":${timestamp},"timestampType":"${timestampType}"`
  if (key) json += `,"key":"${key.toString('base64')}"`
  if (value) {
    at += into.write(`${json},"value":"`, at, 'latin1')
    at += into.write(value.toString('base64'), at, 'latin1')
    json = '"'
  }
  if (headers.length === 0 && !schemas) return at + into.write(`${json}${WITHOUT_HEADERS}`, at, 'latin1')
  return at + into.write(`${json},"headers":[${headersJson(headers)}]${schemas ? schemasJson(schemas) : ''}}`, at)
}

const WITHOUT_HEADERS = ',"headers":[]}'

/** How many bytes {@link writeRecord} writes, so that a batch knows whether a record fits. */
export function recordBytes(prefix: Buffer, record: ScreenedRecord): number {
  const { offset, timestamp, timestampType, key, value, headers, schemas } = record
  let bytes = prefix.length + decimalDigits(offset) + decimalDigits(timestamp) + timestampType.length + bareBytes
  if (key) bytes += ',"key":""'.length + base64Length(key)
  if (value) bytes += ',"value":""'.length + base64Length(value)
  if (schemas) bytes += schemasJson(schemas).length
  return headers.length === 0 ? bytes : bytes + Buffer.byteLength(headersJson(headers))
}

const bareBytes = `,"timestamp":,"timestampType":""${WITHOUT_HEADERS}`.length

function base64Length({ length }: Buffer): number {
  return Math.ceil(length / 3) * 4
}

/** The length of a whole number as text. */
function decimalDigits(number: number): number {
  if (number < 0) return 1 + decimalDigits(-number)
  let digits = 1
  for (let limit = 10; number >= limit; limit *= 10) digits += 1
  return digits
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
