import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { storeError } from './error.ts'

/** Where objects go, and how to reach it. */
export interface StoreSettings {
  bucket: string
  region: string
  /** URL of an S3-compatible store; absent: AWS S3 of the region. */
  endpoint?: string
  /** Bucket in the path (`endpoint/bucket/key`) instead of in the host name. */
  forcePathStyle: boolean
  /** Absent: the platform's default credential chain. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export interface StoredObject {
  key: string
  body: Buffer
  contentType: string
  contentEncoding?: string
  /** Names and values in ASCII, as HTTP headers carry them. */
  metadata: Record<string, string>
}

export interface ListedObject {
  key: string
  /** Bytes as stored. */
  size: number
}

export interface ObjectStore {
  /** Writes one object whole, or nothing. Errors are CodedErrors; `signal` abandons the attempt. */
  put(object: StoredObject, signal?: AbortSignal): Promise<void>
  /** The object's bytes as stored, still compressed. */
  get(key: string): Promise<Buffer>
  /** Deletes one object; one that isn't there counts as deleted. */
  delete(key: string): Promise<void>
  /** All objects whose key begins with the prefix, in the order of their keys. */
  list(prefix: string): AsyncIterable<ListedObject>
}

export function createStore(settings: StoreSettings): ObjectStore {
  const { bucket: Bucket } = settings
  const client = createClient(settings)
  return {
    async put({ key, body, contentType, contentEncoding, metadata }, abortSignal) {
      const input = { Bucket, Key: key, Body: body, ContentType: contentType, Metadata: metadata }
      const command = new PutObjectCommand({ ...input, ContentEncoding: contentEncoding })
      await client.send(command, { abortSignal }).catch(error => {
        throw storeError(error, `put ${key} into ${Bucket}`)
      })
    },
    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      } catch (error) {
        throw storeError(error, `get ${key} from ${Bucket}`)
      }
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key })).catch(error => {
        throw storeError(error, `delete ${key} from ${Bucket}`)
      })
    },
    async *list(prefix) {
      try {
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
          for (const { Key = '', Size = 0 } of page.Contents ?? []) yield { key: Key, size: Size }
        }
      } catch (error) {
        throw storeError(error, `list ${prefix} in ${Bucket}`)
      }
    },
  }
}

/** Time to connect before the attempt counts as failed. A region away takes well under a second. */
const CONNECTION_TIMEOUT_MS = 3_000

function createClient({ region, endpoint, forcePathStyle, credentials }: StoreSettings): S3Client {
  return new S3Client({
    region,
    endpoint,
    forcePathStyle,
    credentials,
    // The invocation's own retry knows how much time is left; the SDK's would multiply with it.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
  })
}
