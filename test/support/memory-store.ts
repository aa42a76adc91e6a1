import { createHash } from 'node:crypto'
import type { CommitStore } from '../../lib/commits/commit-store.ts'
import { CodedError } from '../../lib/error.ts'
import type { HeldObject, StoredObject } from '../../lib/s3/store.ts'

/** A call of the store: its name and the key or prefix. */
export type Before = (call: string, key: string) => void | Promise<void>

/** A store in memory. Several clients share its objects; each can have something happen before each of its calls. */
export class MemoryStore implements CommitStore {
  readonly objects: Map<string, HeldObject & { body: Buffer }>
  readonly #before: Before
  readonly #now: () => number

  constructor(
    now: () => number,
    before: Before = () => {},
    objects = new Map<string, HeldObject & { body: Buffer }>(),
  ) {
    this.#now = now
    this.#before = before
    this.objects = objects
  }

  /** Another client of the same objects. */
  client(before: Before): MemoryStore {
    return new MemoryStore(this.#now, before, this.objects)
  }

  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter(key => key.startsWith(prefix)).sort()
  }

  async *list(prefix: string, { after = '', limit = Number.POSITIVE_INFINITY } = {}) {
    await this.#before('list', prefix)
    const page = this.keys(prefix).filter(key => key > after)
    const listed = page.slice(0, limit).map(key => ({ key, ...this.#held(key) }))
    for (const { key, size, modified } of listed) yield { key, size, modified }
  }

  async get(key: string): Promise<Buffer> {
    await this.#before('get', key)
    return Buffer.from(this.#held(key).body)
  }

  async slice(key: string, start: number, end?: number): Promise<Buffer> {
    await this.#before('slice', key)
    return Buffer.from(this.#held(key).body.subarray(start, end))
  }

  async *stream(key: string) {
    await this.#before('stream', key)
    const { body } = this.#held(key)
    for (let start = 0; start < body.length; start += 64 * 1024) yield body.subarray(start, start + 64 * 1024)
  }

  async head(key: string): Promise<HeldObject | undefined> {
    await this.#before('head', key)
    return this.objects.get(key)
  }

  async create(object: StoredObject): Promise<boolean> {
    await this.#before('create', object.key)
    if (this.objects.has(object.key)) return false
    this.#write(object)
    return true
  }

  open(object: Omit<StoredObject, 'body'>) {
    const pieces: Buffer[] = []
    return {
      write: async (bytes: Buffer) => void pieces.push(Buffer.from(bytes)),
      close: async () => {
        await this.#before('close', object.key)
        if (this.objects.has(object.key)) return undefined
        return this.#write({ ...object, body: Buffer.concat(pieces) })
      },
      abort: async () => {},
    }
  }

  async put(object: StoredObject): Promise<void> {
    await this.#before('put', object.key)
    this.#write(object)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#before('delete', key)
      this.objects.delete(key)
    }
  }

  #write({ key, body, metadata }: StoredObject) {
    const etag = createHash('md5').update(body).digest('hex')
    const object = { body: Buffer.from(body), size: body.length, etag, modified: this.#now(), metadata }
    this.objects.set(key, object)
    return object
  }

  #held(key: string) {
    const object = this.objects.get(key)
    if (!object) throw new CodedError('STORE_OBJECT_MISSING', `there is no ${key}`)
    return object
  }
}
