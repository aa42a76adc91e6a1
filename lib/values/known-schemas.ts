import { asCodedError, CodedError } from '../error.ts'

/** How long an unusable schema is not requested again. A schema that it refers to may be registered anew. */
const INVALID_FOR_MS = 30_000

/**
 * How long a schema may become known after the registry first didn't know it. Registries that follow another one, or read their
 * own topic, answer 404 for a moment after a producer has registered a schema.
 */
const PATIENCE_MS = 3_000

/** How often it is requested again in that time: once for the many values of a batch that name it. */
const ASKED_AGAIN_MS = 1_000

/**
 * How long a schema that stayed unknown is not requested again. Bytes that are no values may name other schemas with each record,
 * and asking for all of them with each batch takes the time of the good records. A schema that comes later than the patience is
 * noticed after this.
 */
const UNKNOWN_FOR_MS = 5_000

/** Unknown schemas that are waited for within a minute. More than a team deploys at once; bytes that are no values name many. */
const MOST_AWAITED = 50
const AWAITED_WITHIN_MS = 60_000

/** Schemas that are kept. More than a topic has: bytes that are no values name many that do not exist. */
const MOST_KEPT = 10_000

/** What a schema was made into, loaded or loading. Times are in milliseconds since the epoch. */
interface Known<Loaded> {
  loaded: Promise<Loaded>
  expires: number
  /** When the registry first said that it doesn't know it. */
  unknownSince?: number
  isAwaited?: boolean
}

/** Schemas by their ids, as what they are made into. Each is loaded once; the oldest make room for others. */
export class KnownSchemas<Loaded> {
  readonly #load: (schemaId: string, signal?: AbortSignal) => Promise<Loaded>
  readonly #now: () => number
  readonly #known = new Map<string, Known<Loaded>>()
  /** When the schemas that are waited for were first unknown. */
  #awaited: number[] = []

  constructor(load: (schemaId: string, signal?: AbortSignal) => Promise<Loaded>, now = Date.now) {
    this.#load = load
    this.#now = now
  }

  /** @throws CodedError of the load; `SCHEMA_UNKNOWN` is retryable for as long as the schema may still become known */
  async get(schemaId: string, signal?: AbortSignal): Promise<Loaded> {
    const found = this.#known.get(schemaId)
    if (found && found.expires > this.#now()) return await found.loaded
    const { promise: loaded, resolve } = Promise.withResolvers<Loaded>()
    const loading: Known<Loaded> = { ...found, loaded, expires: Number.POSITIVE_INFINITY }
    this.#keep(schemaId, loading)
    resolve(this.#load(schemaId, signal).catch(error => this.#failed(loading, asCodedError(error))))
    return await loaded
  }

  #keep(schemaId: string, loading: Known<Loaded>): void {
    this.#known.delete(schemaId)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < MOST_KEPT) break
      this.#known.delete(oldest)
    }
    this.#known.set(schemaId, loading)
  }

  /** @throws CodedError the error, retryable if the schema is waited for */
  #failed(known: Known<Loaded>, error: CodedError): never {
    const now = this.#now()
    if (error.code !== 'SCHEMA_UNKNOWN') {
      known.expires = error.code === 'SCHEMA_INVALID' ? now + INVALID_FOR_MS : now
      throw error
    }
    known.unknownSince ??= now
    const patience = known.unknownSince + PATIENCE_MS
    if (now >= patience) {
      known.expires = now + UNKNOWN_FOR_MS
      throw error
    }
    known.isAwaited ||= this.#mayAwait(now)
    known.expires = known.isAwaited ? now + ASKED_AGAIN_MS : patience
    const { code, message, cause } = error
    throw known.isAwaited ? new CodedError(code, message, { retryable: true, cause }) : error
  }

  #mayAwait(now: number): boolean {
    this.#awaited = this.#awaited.filter(since => since > now - AWAITED_WITHIN_MS)
    return this.#awaited.length < MOST_AWAITED && this.#awaited.push(now) > 0
  }
}
