import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { asCodedError, type CodedError, type ErrorCode } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import { PartialFailure } from '../platforms/knative/index.ts'
import { Batcher } from './batcher.ts'
import { BodyMemory, withBody } from './body.ts'
import { compareRecords, type ReceivedRecord, receiveCloudEvent } from './cloud-event.ts'
import { type ServerLimits, serverLimits } from './limits.ts'

/** The part of Lambda's context that a function gets here. */
export interface ServerContext {
  getRemainingTimeInMillis(): number
  /** The platform's name of the invocation, which each log line then has. Absent where one invocation has many requests. */
  awsRequestId?: string
}

export interface FunctionServerOptions {
  /** The handler, called with Lambda's signature. */
  invoke(event: unknown, context: ServerContext): Promise<unknown>
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

/** Batches that are delivered at the same time; the function itself writes as many partitions at once. */
const BATCHES_AT_ONCE = 8

/** The answer to connections beyond the limit. KafkaSource repeats a request that it gets for. */
const NO_ROOM = 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/** Time between two log lines about refused connections. */
const REFUSAL_LINE_MS = 60_000

/**
 * A function behind HTTP, for platforms that run containers. The path tells which platform calls:
 *
 * - `POST /`: Knative's KafkaSource, one record as a CloudEvent
 * - `POST /invoke`: Alibaba Function Compute and FunctionGraph, an event
 * - `POST /event-invoke`: Tencent SCF, an event
 * - `GET /healthz`: 200, or 503 while it stops; how many records wait for their batch, and of how many partitions there are any
 *
 * Sources: Function Compute, "Custom Container runtime: event handlers"; Open Telekom Cloud, FunctionGraph Developer Guide,
 * "Creating an Event Function using a container image"; SCF, "WebServer Image Function"; CloudEvents, "HTTP Protocol Binding".
 */
export class FunctionServer {
  readonly #options: FunctionServerOptions
  readonly #limits: ServerLimits
  readonly #records: Batcher<ReceivedRecord>
  readonly #memory: BodyMemory
  readonly #server: Server
  /** The answers that are not sent yet. */
  readonly #open = new Set<ServerResponse>()
  /** Open connections whose requests are read. */
  #connections = 0
  /** When it may be logged again that connections are refused, in milliseconds since the epoch. */
  #nextRefusalLine = 0
  #stopping = false

  constructor(options: FunctionServerOptions, limits = serverLimits()) {
    this.#options = options
    this.#limits = limits
    this.#records = new Batcher({
      groupOf: ({ group }) => group,
      positionOf: ({ offset }) => offset,
      compare: compareRecords,
      deliver: records => this.#deliver(records),
      size: options.batchSize,
      windowMs: options.batchWindowMs,
      concurrency: BATCHES_AT_ONCE,
    })
    // Records that wait for their batch keep their memory until it is delivered.
    this.#memory = new BodyMemory(limits.allBodiesBytes, () => this.#records.flush())
    this.#server = this.#createServer()
  }

  #createServer(): Server {
    const { headerBytes, headersMs, requestMs, checkMs, keepAliveMs, connections, refusals } = this.#limits
    const settings = {
      maxHeaderSize: headerBytes,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: keepAliveMs,
    }
    const server = createServer(settings, (request, response) => {
      this.#open.add(response)
      response.once('close', () => this.#open.delete(response))
      void this.#answer(request, response)
    })
    server.maxConnections = connections + refusals
    server.on('clientError', (error, socket) => this.#refuse(error, socket))
    // Node's own listener reads requests; a connection that is refused never gets there.
    const [read] = server.listeners('connection')
    server.removeAllListeners('connection').on('connection', (socket: Socket) => {
      if (this.#connections >= connections) this.#refuseConnection(socket)
      else this.#accept(socket, () => read?.call(server, socket))
    })
    return server
  }

  #accept(socket: Socket, read: () => void): void {
    this.#connections += 1
    socket.once('close', () => {
      this.#connections -= 1
    })
    read()
  }

  /** Answers a connection for which there is no room, so that its client tries again later. Idle ones are closed, to make room. */
  #refuseConnection(socket: Socket): void {
    const { connections, lingerMs } = this.#limits
    this.#server.closeIdleConnections()
    const now = Date.now()
    if (now >= this.#nextRefusalLine) {
      this.#nextRefusalLine = now + REFUSAL_LINE_MS
      this.#options.logger.warn('Connections refused', { connections })
    }
    // Its request is read, too: the system would reset a connection with unread bytes, and the client would not see the answer.
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.on('error', () => {}).once('close', () => clearTimeout(timer))
    socket.resume().end(NO_ROOM)
  }

  /** @returns the port; 0 chooses a free one */
  async listen(port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, resolve)
    await promise
    return (this.#server.address() as { port: number }).port
  }

  /**
   * Accepts no more connections, delivers the collected records, and returns when all requests are answered. Requests that are
   * still being received have a few seconds for that, and an invocation has the time that it may take; then their connections
   * are closed.
   */
  async stop(): Promise<void> {
    this.#stopping = true
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#records.close()
    const { stopMs } = this.#limits
    const longest = sleep(stopMs + this.#options.timeoutMs, undefined, { ref: false })
    const answered = sleep(stopMs, undefined, { ref: false }).then(() => this.#untilAnswered())
    await Promise.race([closed, answered, longest])
    this.#server.closeAllConnections()
    await closed
  }

  /** Until each request that was received completely has its answer. */
  async #untilAnswered(): Promise<void> {
    const received = () => [...this.#open].filter(({ req }) => req.complete)
    for (let open = received(); open.length > 0; open = received()) {
      await Promise.all(open.map(response => once(response, 'close')))
    }
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

  /** Answers malformed, oversized and slow headers. KafkaSource does not repeat these requests, so they are logged. */
  #refuse({ code = '', message }: Error & { code?: string }, socket: Duplex): void {
    const isAnswered = socket.writable && !this.#isHandling(socket)
    if (socket.writable)
      this.#options.logger.error('Request refused', { errorCode: 'EVENT_UNKNOWN', errorMessage: message })
    if (!isAnswered) {
      socket.destroy()
      return
    }
    const status = refusedStatus[code] ?? '400 Bad Request'
    // A client that keeps its side open would otherwise keep the connection.
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy())
  }

  /** Whether a complete request of the connection has no answer yet: the client would take the next answer for that. */
  #isHandling(socket: Duplex): boolean {
    return [...this.#open].some(({ req }) => req.socket === socket && req.complete)
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /healthz':
        return { status: this.#stopping ? 503 : 200, body: this.#health() }
      case 'POST /':
        return await this.#receive(request, body => this.#receiveRecord(request, body))
      case 'POST /invoke':
      case 'POST /event-invoke':
        return await this.#receive(request, body => this.#receiveEvent(request, body))
      default:
        return { status: 404 }
    }
  }

  #health() {
    return { waiting: this.#records.waiting, partitions: this.#records.groups }
  }

  async #receive(request: IncomingMessage, handle: (body: Buffer) => Promise<Answer>): Promise<Answer> {
    return await withBody(request, this.#memory, this.#limits.bodyBytes, handle)
  }

  async #receiveRecord({ headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    await this.#records.add(receiveCloudEvent(headers, body, this.#options.keyType === 'byte-array'))
    return { status: 204 }
  }

  async #receiveEvent({ headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const result = await this.#invoke(body, requestIdOf(headers))
    return { status: 200, headers: { 'x-fc-status': '200' }, body: result ?? null }
  }

  /** @returns the errors of the records that were not delivered */
  async #deliver(records: ReceivedRecord[]): Promise<Map<ReceivedRecord, CodedError>> {
    const errors = new Map<ReceivedRecord, CodedError>()
    try {
      await this.#invoke(records.map(({ event }) => event))
    } catch (failure) {
      if (!(failure instanceof PartialFailure)) throw failure
      for (const record of records) {
        const error = failure.errorOf(record)
        if (error) errors.set(record, error)
      }
    }
    return errors
  }

  #invoke(event: unknown, awsRequestId?: string): Promise<unknown> {
    const end = Date.now() + this.#options.timeoutMs
    return this.#options.invoke(event, { getRemainingTimeInMillis: () => end - Date.now(), awsRequestId })
  }
}

/**
 * The headers in which Function Compute, FunctionGraph and SCF name the invocation. FunctionGraph's events have no offsets, so
 * this is the only thing that tells which event a log line is about.
 */
const requestIdHeaders = ['x-fc-request-id', 'x-cff-request-id', 'x-scf-request-id']

function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = requestIdHeaders.map(name => headers[name]).find(value => value !== undefined)
  return typeof id === 'string' ? id : undefined
}

/** The answers to what is no request, by Node's error codes. */
const refusedStatus: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Records that would be refused again: without these answers KafkaSource would repeat them before it gives them up. */
const finalStatus: Partial<Record<ErrorCode, number>> = { EVENT_UNKNOWN: 400, RECORD_CONFLICT: 400 }

/**
 * The answer that makes the platform repeat a failed request. Function Compute recognizes a failed invocation by 404 in status
 * and header, the others by a server error. Source: Knative, "Event Acknowledgement and Delivery Retry".
 */
function refusal({ url, headers }: IncomingMessage, { code, message }: CodedError): Answer {
  const body = { errorType: code, errorMessage: message }
  // The rest of the body is not worth reading, so the connection ends with the answer.
  if (code === 'EVENT_TOO_LARGE') return { status: 413, headers: { connection: 'close' }, body }
  if (headers['x-fc-request-id']) return { status: 404, headers: { 'x-fc-status': '404' }, body }
  return { status: (url === '/' && finalStatus[code]) || 500, body }
}
