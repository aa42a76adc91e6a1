import type { Producer } from '@platformatic/kafka'
import type { OutgoingRecord, RecordProducer } from '../failure/dead-letter.ts'
import { CodedError } from '../failure/error.ts'
import { retryUntil } from '../failure/retry.ts'
import type { RecordHeader } from '../record.ts'
import { type KafkaConnection, tlsOptions } from './connection.ts'
import { kafkaError } from './error.ts'

/**
 * Bytes of records in one request: below the 1,048,588 that `message.max.bytes` has by default, with room for the
 * batch's own header. The client does not split a request by itself.
 */
const REQUEST_BYTES = 1_000_000

/** An upper bound of what a record takes beside its key, value and headers, and a header beside its name and value. */
const RECORD_OVERHEAD_BYTES = 40
const HEADER_OVERHEAD_BYTES = 10

/** A broker that doesn't answer in this time is asked anew over a new connection. */
const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 15_000

type Client = Producer<Buffer, Buffer, Buffer, Buffer>

/**
 * A producer that waits for all in-sync replicas (acks=all), stays connected between invocations, and connects anew
 * after an error, so that restarted or moved brokers are found.
 */
export function createProducer(
  connection: KafkaConnection,
  clientId: string,
): RecordProducer & { close(): Promise<void> } {
  let client: Client | undefined

  async function attempt(topic: string, records: OutgoingRecord[], signal: AbortSignal) {
    client ??= await connect(connection, clientId)
    await before(signal, client.send({ messages: records.map(record => toMessage(topic, record)), acks: ALL_REPLICAS }))
  }

  async function close() {
    const closing = client
    client = undefined
    await closing?.close(true)
  }

  async function send(topic: string, records: OutgoingRecord[], deadline: number) {
    for (const request of requestsOf(records)) {
      const tryOnce = (signal: AbortSignal) =>
        attempt(topic, request, signal).catch(async error => {
          await close().catch(() => {})
          throw kafkaError(error, `send ${request.length} records to ${topic}`)
        })
      await retryUntil(deadline, tryOnce)
    }
  }

  return { send, close }
}

const ALL_REPLICAS = -1

async function connect(connection: KafkaConnection, clientId: string): Promise<Client> {
  // Loaded when the first record fails: most invocations never need it, and a cold start shouldn't wait for it.
  const { Producer } = await import('@platformatic/kafka')
  return new Producer({
    clientId,
    bootstrapBrokers: connection.brokers,
    tls: tlsOptions(connection),
    sasl: connection.sasl,
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // The invocation's own retry knows how much time is left; the client's would multiply with it.
    retries: 0,
  })
}

/** The records in order, cut into requests that a broker accepts. A record above the limit goes alone. */
function requestsOf(records: OutgoingRecord[]): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const record of records) {
    const bytes = sizeOf(record)
    if (size + bytes > REQUEST_BYTES) {
      requests.push([])
      size = 0
    }
    requests.at(-1)?.push(record)
    size += bytes
  }
  return requests
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  const headerBytes = ({ key, value }: RecordHeader) => key.length * 3 + (value?.length ?? 0) + HEADER_OVERHEAD_BYTES
  const bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES
  return headers.reduce((sum, header) => sum + headerBytes(header), bytes)
}

/** The client's types know no null, its wire format does: a null key, tombstone or header value is written as such. */
function toMessage(topic: string, { key, value, headers, timestamp }: OutgoingRecord) {
  return {
    topic,
    key: key as Buffer,
    value: value as Buffer,
    // Each name is a Buffer of its own, so a Map keeps repeated names and their order.
    headers: new Map(headers.map(header => [Buffer.from(header.key), header.value as Buffer])),
    timestamp: timestamp < 0 ? undefined : BigInt(timestamp),
  }
}

/** The client knows no abort: this one stops waiting for it at the signal. */
async function before<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () =>
    aborted.reject(new CodedError('KAFKA_UNAVAILABLE', 'The cluster did not answer in time.', { retryable: true }))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([result, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
