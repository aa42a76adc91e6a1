import { CodedError } from '../error.ts'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { createClient } from './client.ts'
import { storeError } from './error.ts'
import type { ListedObject, StoredObject } from './object.ts'
import { PRECONDITION_FAILED, statusOf } from './passing.ts'
import { holds, listPage, type Page, readObject } from './reading.ts'
import type { StoreSettings } from './settings.ts'
import { deleteObject, writeObject } from './writing.ts'

export type { HeldObject, ListedObject, ObjectWriter, StoredObject, StreamedObject } from './object.ts'

/** How long an attempt to write an object may take. */
export interface Patience {
  /** Abandons the attempt. */
  signal?: AbortSignal
  /** When it will, in milliseconds since the epoch. */
  deadline?: number
}

export interface ObjectStore {
  /**
   * Writes one object, whole or not at all.
   *
   * @param patience when the attempt is abandoned; with a deadline, a request without an answer is sent once more in time
   * @throws CodedError; `STORE_OBJECT_DIFFERS` with `ifNoneMatch`, when the key already has an object with different bytes
   */
  put(object: StoredObject, patience?: Patience): Promise<void>
  /** Returns the object's bytes as stored, still compressed. */
  get(key: string): Promise<Buffer>
  /** Deletes one object. Succeeds even if it does not exist. */
  delete(key: string): Promise<void>
  /**
   * Lists all objects whose keys begin with the prefix, in key order.
   *
   * @param after skips this key, which need not exist, and all that sort before it
   */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>
}

/** A store opened with one set of secrets, listed page by page. */
interface OpenStore extends Omit<ObjectStore, 'list'> {
  page(prefix: string, after?: string, continuation?: string): Promise<Page>
}

/** Creates a store that reads its secrets again and retries when the store refuses them. */
export function createStore(settings: StoreSettings): ObjectStore {
  const renewed = new RenewedClient(settings, { open: openStore, refusal: 'STORE_ACCESS_DENIED' })
  return {
    put: (object, patience) => renewed.use(store => store.put(object, patience)),
    get: key => renewed.use(store => store.get(key)),
    delete: key => renewed.use(store => store.delete(key)),
    async *list(prefix, after) {
      let next: string | undefined
      do {
        const page = await renewed.use(store => store.page(prefix, after, next))
        yield* page.objects
        next = page.next
      } while (next !== undefined)
    },
  }
}

function openStore(settings: StoreSettings): OpenStore {
  const { bucket: Bucket, ifNoneMatch = false } = settings
  const bucket = { client: createClient(settings), settings }

  /** The same key means the same records, but earlier settings may have encoded them differently. */
  async function assertSame(object: StoredObject, signal?: AbortSignal) {
    if (await holds(bucket, object, signal)) return
    throw new CodedError('STORE_OBJECT_DIFFERS', `${Bucket} already has ${object.key} with different bytes`)
  }

  return {
    async put(object, { signal, deadline } = {}) {
      try {
        await writeObject(bucket, object, { abortSignal: signal, deadline })
      } catch (error) {
        const exists = ifNoneMatch && statusOf(error) === PRECONDITION_FAILED
        if (!exists) throw storeError(error, `put ${object.key} into ${Bucket}`, settings)
        await assertSame(object, signal)
      }
    },
    get: key => readObject(bucket, key),
    delete: key => deleteObject(bucket, key),
    page: (prefix, after, continuation) => listPage(bucket, prefix, { after, continuation }),
  }
}
