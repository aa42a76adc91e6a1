import type { IncomingMessage } from 'node:http'
import { CodedError } from '../error.ts'

/**
 * What a body takes at most before anything of it is read. If it took its whole length at once, one that is slow would be all that a
 * small container has room for. It takes twice as much each time when it grows. The bodies of as many connections as there may be
 * begin in half of the smallest memory.
 */
const FIRST_BYTES = 16 * 1024

interface Waiting {
  bytes: number
  /** What the body has already. */
  held: number
  start: () => void
}

/** The memory for bodies. A body that finds too little is read when others are done; its sender waits meanwhile. */
export class BodyMemory {
  readonly #all: number
  #free: number
  readonly #queue: Waiting[] = []
  /** Bodies that are partly read, the largest first. They precede the others, who can't have what these hold. */
  readonly #growing: Waiting[] = []
  readonly #onFull: () => void

  /**
   * @param bytes at least as many as the largest body
   * @param onFull called when a body has to wait
   */
  constructor(bytes: number, onFull: () => void) {
    this.#all = bytes
    this.#free = bytes
    this.#onFull = onFull
  }

  /** Resolves when so many bytes are free, in the order of calls. */
  async take(bytes: number): Promise<void> {
    await this.#wait(this.#queue, bytes, 0)
  }

  /**
   * Resolves when so many bytes more are free. Where bodies that grow hold all the memory and wait for one another, the largest
   * gets more than there is. It stays the largest until it is complete, so the excess is less than one body.
   */
  async grow(bytes: number, held: number): Promise<void> {
    await this.#wait(this.#growing, bytes, held)
  }

  give(bytes: number): void {
    this.#free += bytes
    this.#startNext()
  }

  async #wait(queue: Waiting[], bytes: number, held: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = { bytes, held, start: resolve }
    queue.push(waiting)
    queue.sort((one, other) => other.held - one.held)
    this.#startNext()
    if (queue.includes(waiting)) this.#onFull()
    await promise
  }

  #startNext(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#free -= next.bytes
      next.start()
    }
  }

  /** Takes the next one that can start out of its queue. */
  #next(): Waiting | undefined {
    const queue = this.#growing.length > 0 ? this.#growing : this.#queue
    const [first] = queue
    return first && (first.bytes <= this.#free || this.#isStuck()) ? queue.shift() : undefined
  }

  /** Whether nothing is held but by bodies that wait for more. */
  #isStuck(): boolean {
    const held = this.#growing.reduce((sum, waiting) => sum + waiting.held, 0)
    return held > 0 && held === this.#all - this.#free
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
  const most = encoding === undefined ? Number(length) : maxBytes
  if (most > maxBytes) throw tooLarge(maxBytes)
  let taken = Math.min(FIRST_BYTES, most)
  await memory.take(taken)
  const makeRoom = async (bytes: number) => {
    if (bytes <= taken) return
    const more = Math.min(Math.max(bytes, 2 * taken), most) - taken
    await memory.grow(more, taken)
    taken += more
  }
  try {
    const body = await read(request, maxBytes, makeRoom)
    memory.give(taken - body.length)
    taken = body.length
    return await use(body)
  } finally {
    memory.give(taken)
  }
}

async function read(
  request: IncomingMessage,
  maxBytes: number,
  makeRoom: (bytes: number) => Promise<void>,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // Otherwise an early end would close the connection, and the refusal could not be sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length
      if (bytes > maxBytes) break
      await makeRoom(bytes)
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
