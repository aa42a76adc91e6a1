import pLimit from 'p-limit'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { createClient } from './client.ts'
import { createWhole, probeCreateOnce } from './create-once.ts'
import { deleteObjects, MOST_KEYS } from './deleting.ts'
import { storeError } from './error.ts'
import type { HeldObject, ListedObject, StoredObject, StreamedObject } from './object.ts'
import { PartedWriter, type UseBucket, type WriterAccess } from './object-writer.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { bytesOf, headObject, listPage, openObject, readObject, readSlice } from './reading.ts'
import { type CreateOnce, DEFAULT_PART_SIZE, type StoreSettings } from './settings.ts'
import { writeObject } from './writing.ts'

/**
 * How long a request may take with its repetitions, in milliseconds. The largest one sends {@link MOST_HELD} bytes, for which
 * this is enough at 300 KB/s.
 */
const REQUEST_MS = 60_000

/**
 * Most bytes that a writer of an object holds, so that a compaction can write several objects at once. An object of 10,000
 * parts, the most that there may be, then has 80 GB.
 */
const MOST_HELD = 8 * 1024 ** 2

/** Parts of all objects that are sent at the same time: one is on its way while the store takes in the other. */
const PARTS_AT_ONCE = 2

/** Keys of a page. Source: Amazon S3 API Reference, "ListObjectsV2". */
const PAGE_KEYS = 1_000

/**
 * Creates a store for objects that are created once: the `CommitStore` of `lib/commits`. Like {@link createStore}, it reads its
 * secrets again when the store refuses them. Its methods throw CodedErrors; a missing object's is `STORE_OBJECT_MISSING`.
 *
 * @param prefix `OBJECT_PREFIX`; how objects are created once is found out below it unless the settings say it
 */
export function createCommitStore(settings: StoreSettings, prefix: string) {
  const open = (fresh: StoreSettings): OpenedBucket => {
    // What is written here is either created once or may be overwritten.
    const own = { ...fresh, ifNoneMatch: false }
    return { client: createClient(own), settings: own }
  }
  const renewed = new RenewedClient<StoreSettings, OpenedBucket>(settings, { open, refusal: 'STORE_ACCESS_DENIED' })
  const use: UseBucket = action => renewed.use(bucket => action(bucket, AbortSignal.timeout(REQUEST_MS)))

  let found: Promise<CreateOnce> | undefined
  const createOnce = async (bucket: OpenedBucket): Promise<CreateOnce> => {
    if (settings.createOnce) return settings.createOnce
    found ??= probeCreateOnce(bucket, commitsFolder(prefix), AbortSignal.timeout(REQUEST_MS))
    return await found.catch(error => {
      found = undefined
      throw error
    })
  }

  const partSize = heldBytes(settings)
  const access: WriterAccess = { use, createOnce, sending: pLimit(PARTS_AT_ONCE), partSize }

  return {
    get: (key: string) => use((bucket, signal) => readObject(bucket, key, signal)),
    slice: (key: string, start: number, end?: number) =>
      use((bucket, signal) => readSlice(bucket, key, { start, end }, signal)),
    async *stream(key: string): AsyncGenerator<Buffer> {
      const { bucket, opened } = await renewed.use(async bucket => ({ bucket, opened: await answered(bucket, key) }))
      yield* bytesOf(bucket, key, opened)
    },
    head: (key: string): Promise<HeldObject | undefined> => use((bucket, signal) => headObject(bucket, key, signal)),
    list: (prefix: string, range?: ListRange) => listAll(use, prefix, range),
    async create(object: StoredObject): Promise<boolean> {
      const { body, ...described } = object
      if (body.length > partSize) {
        const writer = new PartedWriter(described, access)
        await writer.write(body)
        return (await writer.close()) !== undefined
      }
      const create = async (bucket: OpenedBucket, signal: AbortSignal) =>
        createWhole(bucket, await createOnce(bucket), object, signal)
      return (await use(create)) !== undefined
    },
    open: (object: StreamedObject) => new PartedWriter(object, access),
    put: (object: StoredObject) =>
      use((bucket, abortSignal) =>
        writeObject(bucket, object, { abortSignal }).catch(error => {
          throw storeError(error, `put ${object.key} into ${settings.bucket}`, settings)
        }),
      ),
    delete: (keys: readonly string[]) => deleteAll(use, keys),
  }
}

interface ListRange {
  /** Skips this key, which need not exist, and all that sort before it. */
  after?: string
  /** At most this many objects. */
  limit?: number
}

async function* listAll(
  use: UseBucket,
  prefix: string,
  { after, limit = Number.POSITIVE_INFINITY }: ListRange = {},
): AsyncGenerator<ListedObject> {
  let left = limit
  let continuation: string | undefined
  do {
    const page = { after, continuation, most: Math.min(left, PAGE_KEYS) }
    const { objects, next } = await use((bucket, signal) => listPage(bucket, prefix, page, signal))
    yield* objects.slice(0, left)
    left -= objects.length
    continuation = next
  } while (continuation !== undefined && left > 0)
}

async function deleteAll(use: UseBucket, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    const some = keys.slice(start, start + MOST_KEYS)
    await use((bucket, signal) => deleteObjects(bucket, some, signal))
  }
}

/** Asks for an object. Only the answer has a time limit, as whoever reads the object may take longer than a request does. */
async function answered(bucket: OpenedBucket, key: string) {
  const patience = new AbortController()
  const timer = setTimeout(
    () => patience.abort(new DOMException('The store did not answer', 'TimeoutError')),
    REQUEST_MS,
  )
  try {
    return await openObject(bucket, key, undefined, patience.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** How many bytes a writer of an object holds at most. */
export function heldBytes({ partSize = DEFAULT_PART_SIZE }: StoreSettings): number {
  return Math.min(partSize, MOST_HELD)
}

/** Where the log of a connector is, with a slash at its end. @param prefix `OBJECT_PREFIX` */
function commitsFolder(prefix: string): string {
  return prefix === '' ? '_commits/' : `${prefix}/_commits/`
}
