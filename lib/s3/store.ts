import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { CodedError } from '../error.ts'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { createClient } from './client.ts'
import { storeError } from './error.ts'
import type { SendOptions } from './hedge.ts'
import { putInParts } from './multipart.ts'
import { PRECONDITION_FAILED, statusOf } from './passing.ts'
import { type ContentDescription, contentFields, creationFields, readingFields } from './request-fields.ts'
import { DEFAULT_PART_SIZE, type StoreSettings } from './settings.ts'

export interface StoredObject extends ContentDescription {
  key: string
  body: Buffer
}

export interface ListedObject {
  key: string
  /** Bytes as stored. */
  size: number
  /** When it was written, by the store's clock, in milliseconds since the epoch. */
  modified: number
}

/** An object as the store describes it. */
export interface HeldObject {
  size: number
  etag: string
  modified: number
  metadata: Record<string, string>
}

/** An object whose bytes come in pieces. */
export type StreamedObject = Omit<StoredObject, 'body'>

/** An object that is being written. Nobody sees it before `close`. */
export interface ObjectWriter {
  /** Returns when there is room for more bytes. */
  write(bytes: Buffer): Promise<void>
  /** @returns what was created; undefined when the key exists already, whose object stays as it is */
  close(): Promise<Pick<HeldObject, 'etag' | 'size'> | undefined>
  abort(): Promise<void>
}

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

interface Page {
  objects: ListedObject[]
  /** Token that continues the listing; absent on the last page. */
  next?: string
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
  const { bucket: Bucket, partSize = DEFAULT_PART_SIZE, ifNoneMatch = false } = settings
  const client = createClient(settings)
  const creation = creationFields(settings)
  const reading = readingFields(settings)

  async function create({ key, body, ...content }: StoredObject, options: SendOptions) {
    const input = { ...creation, ...contentFields(settings, content), Key: key, Body: body }
    if (body.length > partSize) await putInParts(client, input, partSize, options)
    else await client.send(new PutObjectCommand(input), options)
  }

  /** The same key means the same records, but earlier settings may have encoded them differently. */
  async function assertSame({ key, body }: StoredObject, signal?: AbortSignal) {
    const same = await holds(client, { ...reading, Key: key }, body, signal).catch(error => {
      throw storeError(error, `compare ${key} in ${Bucket}`, settings)
    })
    if (!same) throw new CodedError('STORE_OBJECT_DIFFERS', `${Bucket} already has ${key} with different bytes`)
  }

  return {
    async put(object, { signal, deadline } = {}) {
      try {
        await create(object, { abortSignal: signal, deadline })
      } catch (error) {
        const exists = ifNoneMatch && statusOf(error) === PRECONDITION_FAILED
        if (!exists) throw storeError(error, `put ${object.key} into ${Bucket}`, settings)
        await assertSame(object, signal)
      }
    },
    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ ...reading, Key: key }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      } catch (error) {
        throw storeError(error, `get ${key} from ${Bucket}`, settings)
      }
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key })).catch(error => {
        throw storeError(error, `delete ${key} from ${Bucket}`, settings)
      })
    },
    async page(prefix, after, continuation) {
      const input = { Bucket, Prefix: prefix, StartAfter: after, ContinuationToken: continuation }
      const answer = await client.send(new ListObjectsV2Command(input)).catch(error => {
        throw storeError(error, `list ${prefix} in ${Bucket}`, settings)
      })
      const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
        key: Key,
        size: Size,
        modified: LastModified?.getTime() ?? 0,
      }))
      return { objects, next: answer.NextContinuationToken }
    },
  }
}

/** Whether the stored object has these bytes. Its ETag can't tell: it depends on encryption and parts. */
async function holds(client: S3Client, object: GetObjectCommandInput, bytes: Buffer, abortSignal?: AbortSignal) {
  const { Body, ContentLength } = await client.send(new GetObjectCommand(object), { abortSignal })
  const stream = Body as Readable
  if (ContentLength !== bytes.length) {
    stream.destroy()
    return false
  }
  let position = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (!chunk.equals(bytes.subarray(position, position + chunk.length))) return false
    position += chunk.length
  }
  return position === bytes.length
}
