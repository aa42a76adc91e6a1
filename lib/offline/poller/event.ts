import type { ConsumedRecord, HeaderValue } from '../../kafka/read/consumer.ts'

/**
 * The largest payload of a synchronous invocation, in bytes. Source: AWS Lambda quotas, "Invocation payload (request and
 * response)"; serverless-offline enforces the same number.
 */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024

/** What an event says of its source. The ARN exists for MSK only. */
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

/** The name under which an event lists the records of a topic-partition, as in `orders-0`. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** What the JSON of all records of a topic-partition begins with, up to the offset. */
export function recordPrefix(topic: string, partition: number): string {
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`
}

/**
 * Writes one record as an event has it, and gives the position behind it. The JSON is put together by hand, because this runs
 * for every record: a `JSON.stringify` of the object costs several times as much. The value is written by itself, as it would
 * be copied twice as a part of a longer text.
 *
 * A null key or value has no field. Observed: a record without a key has none in an event logged on AWS (2021), and
 * Powertools for TypeScript, issue 5016, met tombstones without `value`.
 *
 * @param into has room for {@link recordBytes}
 */
export function writeRecord(
  into: Buffer,
  start: number,
  prefix: string,
  { offset, timestamp, key, value, headers, batchContext }: ConsumedRecord,
): number {
  const timestampType = batchContext?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME'
  let at = start
  let json = `${prefix}${offset},"timestamp":${timestamp},"timestampType":"${timestampType}"`
  if (key) json += `,"key":"${key.toString('base64')}"`
  if (value) {
    at += into.write(`${json},"value":"`, at)
    at += into.write(value.toString('base64'), at, 'latin1')
    json = '"'
  }
  return at + into.write(`${json},"headers":[${headersJson(headers)}]}`, at)
}

/** How many bytes {@link writeRecord} writes: a batch has to know whether there is room. */
export function recordBytes(prefix: string, record: ConsumedRecord): number {
  const { offset, timestamp, key, value, headers, batchContext } = record
  let bytes = prefix.length + offset.length + timestamp.length + bareBytes
  if (batchContext?.timestampType === LOG_APPEND_TIME) bytes += 'LOG_APPEND_TIME'.length - 'CREATE_TIME'.length
  if (key) bytes += ',"key":""'.length + base64Length(key)
  if (value) bytes += ',"value":""'.length + base64Length(value)
  for (const _ in headers) return bytes + Buffer.byteLength(headersJson(headers))
  return bytes
}

function base64Length({ length }: Buffer): number {
  return Math.ceil(length / 3) * 4
}

const LOG_APPEND_TIME = 1

/** Of a record without anything, which is ASCII as topic names are. */
const bareBytes = writeRecord(Buffer.alloc(100), 0, '', { offset: '', timestamp: '', key: null, value: null })

function headersJson(headers: ConsumedRecord['headers']): string {
  let json = ''
  for (const name in headers) {
    const values = headers[name]
    for (const value of Array.isArray(values) ? values : [values]) {
      json += `${json && ','}{${JSON.stringify(name)}:${headerBytes(value)}}`
    }
  }
  return json
}

/**
 * A header's bytes are an array of signed numbers: `ë` comes as `[-61,-85]`. Sources: aws/aws-lambda-go issue 422 and
 * pull request 506, aws-powertools/powertools-lambda-python issue 6862.
 */
function headerBytes(value: HeaderValue | undefined): string {
  if (value === null || value === undefined) return 'null'
  const { buffer, byteOffset, byteLength } = Buffer.from(value as Buffer)
  return `[${new Int8Array(buffer, byteOffset, byteLength).join()}]`
}
