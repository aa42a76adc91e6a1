import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { asCodedError, type CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import { Batcher } from './batcher.ts'
import { type ReceivedRecord, receiveCloudEvent } from './cloud-event.ts'

export interface FunctionServerOptions {
  /** A function as Lambda calls it. */
  invoke(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown>
  logger: Log
  /** How long an invocation may take. */
  timeoutMs: number
  /** See `Batcher`. */
  batchSize: number
  batchWindowMs: number
  keyType: 'string' | 'byte-array'
}

interface Answer {
  status: number
  headers?: Record<string, string>
  /** Becomes JSON. */
  body?: unknown
}

/**
 * Bytes of a request's headers, in which KafkaSource puts a record's key, twice, and its headers. As many as its way through
 * Knative lets through. Source: Go, `net/http`, `DefaultMaxHeaderBytes`.
 */
const MAX_HEADERS = 1024 * 1024

/** Batches that are under way at the same time; the function itself writes as many partitions at once. */
const BATCHES_AT_ONCE = 8

/**
 * A function behind HTTP, for platforms that run containers. Which one calls shows in the path:
 *
 * - `POST /`: Knative's KafkaSource, one record as a CloudEvent
 * - `POST /invoke`: Alibaba Function Compute and FunctionGraph, an event
 * - `POST /event-invoke`: Tencent SCF, an event
 * - `GET /healthz`: 200, or 503 once it stops; how many records wait for their batch
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
    // The platform limits the time of a request; Node's own limit would cut long uploads.
    this.#server.requestTimeout = 0
  }

  /** @returns the port, which is a free one for 0 */
  async listen(port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, resolve)
    await promise
    return (this.#server.address() as { port: number }).port
  }

  /** Takes no more connections, delivers what was gathered, and ends when all requests are answered. */
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
    // Whoever kept the connection would go on with a server that is about to end.
    if (this.#stopping) response.setHeader('connection', 'close')
    if (body === undefined) response.writeHead(status, headers).end()
    else response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  /** What is no request of HTTP, or one with larger headers. KafkaSource doesn't repeat it, so it has to be said here. */
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
 * An answer that makes the platform repeat what failed. Function Compute knows a failed invocation by 404 in status and
 * header, the others by an error of the server. A CloudEvent that is no record of Kafka would not become one by being
 * repeated, which 400 prevents. Source: Knative, "Event Acknowledgement and Delivery Retry".
 */
function refusal({ url, headers }: IncomingMessage, { code, message }: CodedError): Answer {
  const body = { errorType: code, errorMessage: message }
  if (headers['x-fc-request-id']) return { status: 404, headers: { 'x-fc-status': '404' }, body }
  return { status: url === '/' && code === 'EVENT_UNKNOWN' ? 400 : 500, body }
}
