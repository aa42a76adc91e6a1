import type { ConsumedRecord, HeaderValue } from '../kafka/consumer.ts'

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
 * One record as an event has it. Built as text, because this runs for every record: a `JSON.stringify` of the object
 * costs several times as much.
 *
 * A null key or value has no field. Observed: a record without a key has none in an event logged on AWS (2021), and
 * Powertools for TypeScript, issue 5016, met tombstones without `value`.
 */
export function recordJson(
  prefix: string,
  { offset, timestamp, key, value, headers, batchContext }: ConsumedRecord,
): string {
  const timestampType = batchContext?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME'
  let json = `${prefix}${offset},"timestamp":${timestamp},"timestampType":"${timestampType}"`
  if (key) json += `,"key":"${key.toString('base64')}"`
  if (value) json += `,"value":"${value.toString('base64')}"`
  return `${json},"headers":[${headersJson(headers)}]}`
}

/** The bytes of {@link recordJson}, without the text: a batch has to know its size long before it is made. */
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
const bareBytes = recordJson('', { offset: '', timestamp: '', key: null, value: null }).length

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
