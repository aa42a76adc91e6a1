import type { IncomingMessage } from 'node:http'
import { CodedError } from '../error.ts'

/** The memory for bodies. A body that finds too little is read when others are done; its sender waits meanwhile. */
export class BodyMemory {
  #free: number
  readonly #queue: { bytes: number; start: () => void }[] = []
  readonly #onFull: () => void

  /**
   * @param bytes at least as many as the largest body
   * @param onFull called when a body has to wait
   */
  constructor(bytes: number, onFull: () => void) {
    this.#free = bytes
    this.#onFull = onFull
  }

  /** Resolves when so many bytes are free, in the order of calls. */
  async take(bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queue.push({ bytes, start: resolve })
    this.#startNext()
    if (this.#queue.length > 0) this.#onFull()
    await promise
  }

  give(bytes: number): void {
    this.#free += bytes
    this.#startNext()
  }

  #startNext(): void {
    for (let next = this.#queue[0]; next && next.bytes <= this.#free; next = this.#queue[0]) {
      this.#queue.shift()
      this.#free -= next.bytes
      next.start()
    }
  }
}

/**
 * Reads the body of a request into the memory for bodies, and gives the memory back when `use` has ended.
 *
 * @throws CodedError `EVENT_TOO_LARGE`; `EVENT_UNKNOWN` when the request ends before its body
 */
export async function withBody<Result>(
  request: IncomingMessage,
  memory: BodyMemory,
  maxBytes: number,
  use: (body: Buffer) => Promise<Result>,
): Promise<Result> {
  const { 'content-length': length = 0, 'transfer-encoding': encoding } = request.headers
  // A body in chunks may become as long as any.
  let taken = encoding === undefined ? Number(length) : maxBytes
  if (taken > maxBytes) throw tooLarge(maxBytes)
  await memory.take(taken)
  try {
    const body = await read(request, maxBytes)
    memory.give(taken - body.length)
    taken = body.length
    return await use(body)
  } finally {
    memory.give(taken)
  }
}

async function read(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // Otherwise an early end would close the connection, and the refusal could not be sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length
      if (bytes > maxBytes) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new CodedError('EVENT_UNKNOWN', 'The request ended before its body was complete.', { cause })
  }
  if (bytes > maxBytes) throw tooLarge(maxBytes)
  return Buffer.concat(chunks, bytes)
}

function tooLarge(maxBytes: number): CodedError {
  return new CodedError('EVENT_TOO_LARGE', `The body of the request is larger than ${maxBytes} bytes.`)
}
