import { CodedError } from '../error.ts'
import { repeatUntil } from '../retry.ts'
import type { DumpStore } from './dump-source.ts'

/** Bytes that are asked for at once. The next ones are fetched while these are decoded. */
const PIECE_BYTES = 2 * 1024 * 1024

/** How long a store that is unavailable is asked again, in milliseconds. */
const PATIENCE_MS = 60_000

const NEVER = new AbortController().signal

/**
 * One object of a store, read in pieces: a request that waits for a slow consumer would be ended by the store, one that is held
 * open by each of many objects would leave none for others, and a piece that failed is asked for again. Ends at once when the
 * signal aborts.
 */
export class ObjectStore implements DumpStore {
  readonly #store: DumpStore
  readonly #object: { key: string; size: number }
  readonly #signal: AbortSignal
  readonly #onBytes: (bytes: number) => void

  /** @param onBytes is told how many bytes came */
  constructor(
    store: DumpStore,
    object: { key: string; size: number },
    { signal = NEVER, onBytes }: { signal?: AbortSignal; onBytes: (bytes: number) => void },
  ) {
    this.#store = store
    this.#object = object
    this.#signal = signal
    this.#onBytes = onBytes
  }

  list(...range: Parameters<DumpStore['list']>) {
    return this.#store.list(...range)
  }

  async get(key: string): Promise<Buffer> {
    return this.#counted(await this.#ask(() => this.#store.get(key)))
  }

  async slice(key: string, start: number, end?: number): Promise<Buffer> {
    return this.#counted(await this.#ask(() => this.#store.slice(key, start, end)))
  }

  async head(key: string) {
    return await this.#ask(() => this.#store.head(key))
  }

  async *stream(key: string): AsyncGenerator<Buffer> {
    const { size } = this.#object
    const isKnown = key === this.#object.key
    const piece = (start: number) => this.slice(key, start, start + PIECE_BYTES)
    let next: Promise<Buffer> | undefined = piece(0)
    for (let end = PIECE_BYTES; next; end += PIECE_BYTES) {
      const bytes: Buffer = await next
      const isLast = bytes.length < PIECE_BYTES || (isKnown && end >= size)
      next = isLast ? undefined : piece(end)
      // Nobody may be left to wait for it.
      next?.catch(() => {})
      if (bytes.length > 0) yield bytes
    }
  }

  #counted(bytes: Buffer): Buffer {
    this.#onBytes(bytes.length)
    return bytes
  }

  /** The request itself can't be aborted, but nobody waits for it any longer. */
  async #ask<T>(request: () => Promise<T>): Promise<T> {
    const signal = this.#signal
    signal.throwIfAborted()
    const answer = repeatUntil(
      Date.now() + PATIENCE_MS,
      () => signal,
      () => {
        if (signal.aborted) throw new CodedError('OUT_OF_TIME', 'The reading was ended.')
        return request()
      },
    )
    if (signal === NEVER) return await answer
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([answer, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
      answer.catch(() => {})
    }
  }
}
