import { hash } from 'node:crypto'
import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import { CodedError } from '../../../lib/error.ts'
import type { HeldObject, ListedObject, ObjectWriter, StoredObject, StreamedObject } from '../../../lib/s3/store.ts'
import type { SimulatedWorker } from './scheduler.ts'

export interface SimulatedObject {
  body: Buffer
  etag: string
  modified: number
  metadata: Record<string, string>
}

/** What happens to the bucket, as the laws see it. */
export interface StoreObserver {
  /** An object is at the key now; `before` was there. */
  wrote(key: string, object: SimulatedObject, before: SimulatedObject | undefined): void
  deleted(key: string, before: SimulatedObject): void
  /** Somebody tried to create an object, whether or not it was there. */
  attempted(key: string, body: Buffer, metadata: Record<string, string>): void
}

/** Keys of a listing's page: few, so that listings see the bucket at several moments, as large ones do. */
const PAGE = 3

/** A bucket in memory. */
export class SimulatedStore {
  readonly objects = new Map<string, SimulatedObject>()
  readonly #keys: string[] = []
  readonly #observer: StoreObserver

  constructor(observer: StoreObserver) {
    this.#observer = observer
  }

  /** The bucket as a worker sees it: each of its calls takes effect when the scheduler chooses it. */
  client(worker: SimulatedWorker): CommitStore {
    return new SimulatedClient(this, worker)
  }

  keys(prefix = ''): string[] {
    return this.page(prefix, '', Number.POSITIVE_INFINITY)
  }

  page(prefix: string, after: string, limit: number): string[] {
    const found: string[] = []
    const from = prefix > after ? prefix : after
    for (let index = this.#position(from); index < this.#keys.length && found.length < limit; index++) {
      const key = this.#keys[index] as string
      if (!key.startsWith(prefix)) {
        if (key > prefix) break
        continue
      }
      if (key > after) found.push(key)
    }
    return found
  }

  write(key: string, body: Buffer, metadata: Record<string, string> = {}, modified = 0): SimulatedObject {
    const before = this.objects.get(key)
    const etag = hash('md5', body)
    const object = { body, etag, modified, metadata }
    if (!before) this.#keys.splice(this.#position(key), 0, key)
    this.objects.set(key, object)
    this.#observer.wrote(key, object, before)
    return object
  }

  attempt(key: string, body: Buffer, metadata: Record<string, string> = {}): void {
    this.#observer.attempted(key, body, metadata)
  }

  remove(key: string): void {
    const before = this.objects.get(key)
    if (!before) return
    this.objects.delete(key)
    this.#keys.splice(this.#position(key), 1)
    this.#observer.deleted(key, before)
  }

  /** Where the key is or would be. */
  #position(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] as string) < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

class SimulatedClient implements CommitStore {
  readonly #store: SimulatedStore
  readonly #worker: SimulatedWorker

  constructor(store: SimulatedStore, worker: SimulatedWorker) {
    this.#store = store
    this.#worker = worker
  }

  async *list(prefix: string, { after = '', limit = Number.POSITIVE_INFINITY } = {}): AsyncIterable<ListedObject> {
    let left = limit
    for (let from = after; left > 0; ) {
      const size = Math.min(PAGE, left)
      const page = await this.#worker.turn(`list ${prefix} after ${from}`, () =>
        this.#store.page(prefix, from, size).map(key => this.#listed(key)),
      )
      yield* page
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      from = last.key
      left -= page.length
    }
  }

  get(key: string): Promise<Buffer> {
    return this.#worker.turn(`get ${key}`, () => this.#held(key).body)
  }

  slice(key: string, start: number, end?: number): Promise<Buffer> {
    return this.#worker.turn(`slice ${key} ${start}-${end}`, () => this.#held(key).body.subarray(start, end))
  }

  async *stream(key: string): AsyncIterable<Buffer> {
    const body = await this.#worker.turn(`stream ${key}`, () => this.#held(key).body)
    const middle = body.length >> 1
    yield body.subarray(0, middle)
    yield body.subarray(middle)
  }

  head(key: string): Promise<HeldObject | undefined> {
    return this.#worker.turn(`head ${key}`, () => {
      const object = this.#store.objects.get(key)
      return object && { size: object.body.length, ...object }
    })
  }

  create({ key, body, metadata }: StoredObject): Promise<boolean> {
    return this.#worker.turn(`create ${key}`, () => this.#create(key, body, metadata) !== undefined)
  }

  open({ key, metadata }: StreamedObject): ObjectWriter {
    const pieces: Buffer[] = []
    return {
      write: async bytes => {
        pieces.push(Buffer.from(bytes))
      },
      close: () =>
        this.#worker.turn(`close ${key}`, () => {
          const created = this.#create(key, Buffer.concat(pieces), metadata)
          return created && { etag: created.etag, size: created.body.length }
        }),
      abort: async () => undefined,
    }
  }

  put({ key, body, metadata }: StoredObject): Promise<void> {
    return this.#worker.turn(`put ${key}`, () => {
      this.#store.write(key, Buffer.from(body), metadata, this.#worker.scheduler.now)
    })
  }

  async delete(keys: readonly string[]): Promise<void> {
    // Many keys are one request, but the store deletes them one by one.
    for (const key of keys) await this.#worker.turn(`delete ${key}`, () => this.#store.remove(key))
  }

  #create(key: string, body: Buffer, metadata?: Record<string, string>): SimulatedObject | undefined {
    this.#store.attempt(key, body, metadata)
    if (this.#store.objects.has(key)) return undefined
    return this.#store.write(key, Buffer.from(body), metadata, this.#worker.scheduler.now)
  }

  #listed(key: string): ListedObject {
    const { body, modified } = this.#store.objects.get(key) as SimulatedObject
    return { key, size: body.length, modified }
  }

  #held(key: string): SimulatedObject {
    const object = this.#store.objects.get(key)
    if (!object) throw new CodedError('STORE_OBJECT_MISSING', `there is no ${key}`)
    return object
  }
}
