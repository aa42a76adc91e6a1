import type { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { CodedError } from '../error.ts'
import { storeError } from './error.ts'
import type { HeldObject, ListedObject, StoredObject } from './object.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { FORBIDDEN, NOT_FOUND, type SdkError, statusOf } from './passing.ts'
import { readingFields } from './request-fields.ts'

/** An object whose bytes are on their way. */
interface OpenedObject {
  body: Readable
  /** Bytes that the store announced; absent when it did not. */
  length?: number
  /** Whether the store sends the range that was asked for, and not the whole object. */
  isRange: boolean
}

/** How long a store may send nothing of an object, in milliseconds, while its next bytes are waited for. */
export const SILENCE_MS = 60_000

/** A page of a listing. */
export interface Page {
  objects: ListedObject[]
  /** Token that continues the listing; absent on the last page. */
  next?: string
}

/** Where a listing begins and how it continues. */
interface PageRange {
  /** Skips this key, which need not exist, and all that sort before it. */
  after?: string
  continuation?: string
  /** At most this many keys. Default, and most: 1,000. */
  most?: number
}

/** Returns an object's bytes as stored. @throws CodedError `STORE_OBJECT_MISSING` */
export async function readObject(bucket: OpenedBucket, key: string, signal?: AbortSignal): Promise<Buffer> {
  return await collect(bucket, key, await openObject(bucket, key, undefined, signal))
}

/**
 * Returns some of an object's bytes, as many as it has of them.
 *
 * @param start negative: counts from the end, and `end` is absent
 * @param end not included; absent: to the object's end
 * @throws CodedError `STORE_OBJECT_MISSING`
 */
export async function readSlice(
  bucket: OpenedBucket,
  key: string,
  range: { start: number; end?: number },
  signal?: AbortSignal,
): Promise<Buffer> {
  const { start, end } = range
  if (end !== undefined && end <= start) return Buffer.alloc(0)
  const header = start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? '' : end - 1}`
  try {
    const opened = await openObject(bucket, key, header, signal)
    const bytes = await collect(bucket, key, opened)
    return opened.isRange ? bytes : bytes.subarray(start, end)
  } catch (error) {
    // The object ends before the range begins.
    const { code, cause } = error as CodedError
    if (code === 'STORE_REJECTED' && statusOf(cause) === RANGE_NOT_SATISFIABLE) return Buffer.alloc(0)
    throw error
  }
}

/** Source: RFC 9110, section 15.5.17. */
const RANGE_NOT_SATISFIABLE = 416

/**
 * Asks for an object. Its body has to be read or destroyed.
 *
 * @param range the header Range
 * @throws CodedError `STORE_OBJECT_MISSING`
 */
export async function openObject(
  bucket: OpenedBucket,
  key: string,
  range?: string,
  abortSignal?: AbortSignal,
): Promise<OpenedObject> {
  const { client, settings } = bucket
  const command = new GetObjectCommand({ ...readingFields(settings), Key: key, Range: range })
  const {
    Body,
    ContentLength = 0,
    ContentRange,
  } = await client.send(command, { abortSignal }).catch(error => {
    throw storeError(error, `get ${key} from ${settings.bucket}`, settings)
  })
  // The client says 0 for an answer without its length, too.
  return { body: Body as Readable, length: ContentLength || undefined, isRange: ContentRange !== undefined }
}

/**
 * The bytes of an object as they come. Whoever reads them may take any time.
 *
 * @throws CodedError when fewer come than the store announced, or none for {@link SILENCE_MS}
 */
export async function* bytesOf(
  { settings }: OpenedBucket,
  key: string,
  { body, length }: OpenedObject,
): AsyncGenerator<Buffer> {
  let read = 0
  const silence = new DOMException(`nothing came for ${SILENCE_MS} ms`, 'TimeoutError')
  const patience = () => setTimeout(() => body.destroy(silence), SILENCE_MS)
  let timer = patience()
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      read += chunk.length
      yield chunk
      timer = patience()
    }
  } catch (error) {
    throw storeError(error, `read ${key} from ${settings.bucket}`, settings)
  } finally {
    clearTimeout(timer)
  }
  if (length === undefined || read === length) return
  const message = `${settings.bucket} sent ${read} of the ${length} bytes of ${key}`
  throw new CodedError('STORE_UNAVAILABLE', message, { retryable: true })
}

/** The buffer has memory of its own, so that it can be freed at once. */
async function collect(bucket: OpenedBucket, key: string, opened: OpenedObject): Promise<Buffer> {
  if (opened.length === undefined) return Buffer.concat(await Array.fromAsync(bytesOf(bucket, key, opened)))
  const bytes = Buffer.allocUnsafeSlow(opened.length)
  let position = 0
  for await (const chunk of bytesOf(bucket, key, opened)) position += chunk.copy(bytes, position)
  return bytes
}

/** Whether the stored object has these bytes. Its ETag can't tell: it depends on encryption and parts. */
export async function holds(
  bucket: OpenedBucket,
  { key, body }: Pick<StoredObject, 'key' | 'body'>,
  signal?: AbortSignal,
): Promise<boolean> {
  const opened = await openObject(bucket, key, undefined, signal)
  if (opened.length !== undefined && opened.length !== body.length) {
    opened.body.destroy()
    return false
  }
  let position = 0
  for await (const chunk of bytesOf(bucket, key, opened)) {
    if (!chunk.equals(body.subarray(position, position + chunk.length))) return false
    position += chunk.length
  }
  return position === body.length
}

/** Undefined when there is no such object. */
export async function headObject(
  { client, settings }: OpenedBucket,
  key: string,
  abortSignal?: AbortSignal,
): Promise<HeldObject | undefined> {
  try {
    const command = new HeadObjectCommand({ ...readingFields(settings), Key: key })
    const { ContentLength = 0, ETag, LastModified, Metadata = {} } = await client.send(command, { abortSignal })
    const modified = LastModified?.getTime() ?? 0
    return { size: ContentLength, etag: etagOf(ETag), modified, metadata: Metadata }
  } catch (error) {
    // The answer to HEAD has no body that would say whether it is the bucket that is missing.
    if (statusOf(error) === NOT_FOUND) return undefined
    // Nor does it name the permission that is missing.
    const takes =
      statusOf(error) === FORBIDDEN ? ', which takes s3:GetObject, and s3:ListBucket if it may not exist' : ''
    throw storeError(error as SdkError, `look at ${key} in ${settings.bucket}${takes}`, settings)
  }
}

/** An ETag without its quotation marks, which some stores leave out of XML. */
export function etagOf(header = ''): string {
  return header.replace(/^"(.*)"$/, '$1')
}

/** Lists objects whose keys begin with the prefix, in key order. */
export async function listPage(
  { client, settings }: OpenedBucket,
  prefix: string,
  { after, continuation, most }: PageRange,
  abortSignal?: AbortSignal,
): Promise<Page> {
  const { bucket: Bucket } = settings
  const input = { Bucket, Prefix: prefix, StartAfter: after, ContinuationToken: continuation, MaxKeys: most }
  const answer = await client.send(new ListObjectsV2Command(input), { abortSignal }).catch(error => {
    throw storeError(error, `list ${prefix} in ${Bucket}`, settings)
  })
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
    key: Key,
    size: Size,
    modified: LastModified?.getTime() ?? 0,
  }))
  return { objects, next: answer.NextContinuationToken }
}
