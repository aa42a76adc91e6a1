import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { asCodedError, type CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import { Batcher } from './batcher.ts'
import { type ReceivedRecord, receiveCloudEvent } from './cloud-event.ts'

export interface FunctionServerOptions {
  /** The handler, called with Lambda's signature. */
  invoke(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown>
  logger: Log
  /** How long an invocation may take, in milliseconds. */
  timeoutMs: number
  /** See `Batcher`. */
  batchSize: number
  batchWindowMs: number
  keyType: 'string' | 'byte-array'
}

interface Answer {
  status: number
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
}

/**
 * The maximum size of a request's headers, in bytes. KafkaSource sends a record's headers there, and its key twice. The limit
 * is that of Knative's own components. Source: Go, `net/http`, `DefaultMaxHeaderBytes`.
 */
const MAX_HEADERS = 1024 * 1024

/** Batches that are delivered at the same time; the function itself writes as many partitions at once. */
const BATCHES_AT_ONCE = 8

/**
 * A function behind HTTP, for platforms that run containers. The path tells which platform calls:
 *
 * - `POST /`: Knative's KafkaSource, one record as a CloudEvent
 * - `POST /invoke`: Alibaba Function Compute and FunctionGraph, an event
 * - `POST /event-invoke`: Tencent SCF, an event
 * - `GET /healthz`: 200, or 503 while it stops; the number of records that wait for their batch
 *
 * Sources: Function Compute, "Custom Container runtime: event handlers"; Open Telekom Cloud, FunctionGraph Developer Guide,
 * "Creating an Event Function using a container image"; SCF, "WebServer Image Function"; CloudEvents, "HTTP Protocol Binding".
 */
export class FunctionServer {
  readonly #options: FunctionServerOptions
  readonly #records: Batcher<ReceivedRecord>
  readonly #server: Server
  #stopping = false

  constructor(options: FunctionServerOptions) {
    this.#options = options
    this.#records = new Batcher({
      groupOf: ({ group }) => group,
      positionOf: ({ offset }) => offset,
      deliver: async records => void (await this.#invoke(records.map(({ event }) => event))),
      size: options.batchSize,
      windowMs: options.batchWindowMs,
      concurrency: BATCHES_AT_ONCE,
    })
    this.#server = createServer({ maxHeaderSize: MAX_HEADERS }, (request, response) => this.#answer(request, response))
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket))
    // The platform limits the time of a request; Node's own limit would abort long uploads.
    this.#server.requestTimeout = 0
  }

  /** @returns the port; 0 chooses a free one */
  async listen(port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, resolve)
    await promise
    return (this.#server.address() as { port: number }).port
  }

  /** Accepts no more connections, delivers the collected records, and returns when all requests are answered. */
  async stop(): Promise<void> {
    this.#stopping = true
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#records.close()
    await promise
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#route(request).catch(thrown => {
      const error = asCodedError(thrown)
      const { code, message } = error
      this.#options.logger.error('Request failed', { path: request.url, errorCode: code, errorMessage: message })
      return refusal(request, error)
    })
    // Otherwise a client would keep the connection to a server that is about to end.
    if (this.#stopping) response.setHeader('connection', 'close')
    if (body === undefined) response.writeHead(status, headers).end()
    else response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  /** Answers malformed requests and oversized headers. KafkaSource does not repeat these requests, so they are logged. */
  #refuse({ code, message }: Error & { code?: string }, socket: Duplex): void {
    this.#options.logger.error('Request refused', { errorCode: 'EVENT_UNKNOWN', errorMessage: message })
    const status = code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /healthz':
        return { status: this.#stopping ? 503 : 200, body: { waiting: this.#records.waiting } }
      case 'POST /':
        return await this.#receiveRecord(request)
      case 'POST /invoke':
      case 'POST /event-invoke':
        return await this.#receiveEvent(request)
      default:
        return { status: 404 }
    }
  }

  async #receiveRecord(request: IncomingMessage): Promise<Answer> {
    const body = await buffer(request)
    await this.#records.add(receiveCloudEvent(request.headers, body, this.#options.keyType === 'byte-array'))
    return { status: 204 }
  }

  async #receiveEvent(request: IncomingMessage): Promise<Answer> {
    const result = await this.#invoke(await buffer(request))
    return { status: 200, headers: { 'x-fc-status': '200' }, body: result ?? null }
  }

  #invoke(event: unknown): Promise<unknown> {
    const end = Date.now() + this.#options.timeoutMs
    return this.#options.invoke(event, { getRemainingTimeInMillis: () => end - Date.now() })
  }
}

/**
 * The answer that makes the platform repeat a failed request. Function Compute recognizes a failed invocation by 404 in status
 * and header, the others by a server error. A CloudEvent that is not a Kafka record would fail again, so 400 prevents its
 * repetition. Source: Knative, "Event Acknowledgement and Delivery Retry".
 */
function refusal({ url, headers }: IncomingMessage, { code, message }: CodedError): Answer {
  const body = { errorType: code, errorMessage: message }
  if (headers['x-fc-request-id']) return { status: 404, headers: { 'x-fc-status': '404' }, body }
  return { status: url === '/' && code === 'EVENT_UNKNOWN' ? 400 : 500, body }
}
