import type { ObjectCannedACL } from '@aws-sdk/client-s3'
import type { Renewable } from '../secrets/renewable.ts'

/** The store, how to reach it, and how it stores objects. Absent properties have their defaults. */
export interface StoreSettings extends Renewable<StoreSettings> {
  bucket: string
  region: string
  /** URL of an S3-compatible store; absent: AWS S3 in the region. */
  endpoint?: string
  /** Whether the bucket is in the path (`endpoint/bucket/key`) instead of the host name. */
  forcePathStyle: boolean
  /** Whether requests use AWS S3 Transfer Acceleration, through the nearest edge location. */
  accelerate?: boolean
  /** Absent: those of the profile or of `identity`. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** Provides the credentials where neither they nor a profile are given; absent: the platform's default credential chain. */
  identity?: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>
  /** A profile in `~/.aws/config` and `~/.aws/credentials`. */
  profile?: string
  /** URL of a proxy, with user name and password if it requires them. */
  proxy?: string
  /** Default: {@link DEFAULT_RETRIES}. */
  retries?: RetrySettings
  /** Whether the client sends `Expect: 100-continue` before a large body; default: true. Never through a proxy. */
  expectContinue?: boolean
  /** Whether compressed objects have a Content-Encoding; default: true. Without, their Content-Type is that of the compression. */
  contentEncoding?: boolean
  /** The checksum by which the store verifies bodies; default: `crc32`. */
  checksum?: ChecksumName
  /** Encryption at rest; absent: the bucket's default. */
  encryption?: Encryption
  acl?: CannedAcl
  /** Such as `STANDARD_IA`. Not validated, because each store has its own. */
  storageClass?: string
  /** At most ten. */
  tags?: Record<string, string>
  /** Larger objects are written in parts of this many bytes; default: {@link DEFAULT_PART_SIZE}. */
  partSize?: number
  /** Whether an existing object is kept instead of overwritten. */
  ifNoneMatch?: boolean
  /** How compaction creates an object only if it does not exist. Absent: found out. */
  createOnce?: CreateOnce
}

/** See `lib/s3/create-once.ts`. */
export const createOnceNames = ['if-none-match', 'x-oss-forbid-overwrite', 'single-writer'] as const
export type CreateOnce = (typeof createOnceNames)[number]

/** How often a request is retried, and after what pauses. */
export interface RetrySettings {
  most: number
  /** Maximum pause before the first retry, in milliseconds. It doubles with each further retry. */
  firstPauseMs: number
}

/** Source: the Kafka Connect S3 sink connector's `s3.part.retries` and `s3.retry.backoff.ms`. */
export const DEFAULT_RETRIES: RetrySettings = { most: 3, firstPauseMs: 200 }

/** `none`: only the signature protects the body, and the store's answers aren't verified. */
export const checksumNames = ['crc32', 'crc64nvme', 'none'] as const
export type ChecksumName = (typeof checksumNames)[number]

/** With the store's keys, those of a key management service, or the customer's own key. */
export type Encryption =
  | { kind: 'AES256' }
  /** Without `keyId`: the account's key for S3. */
  | { kind: 'aws:kms'; keyId?: string }
  /** 32 bytes as base64. The store does not keep the key, so readers of the object have to send it as well. */
  | { kind: 'customer'; key: string }

/** Source: Amazon S3 User Guide, "Access control list (ACL) overview". */
export const cannedAcls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const satisfies ObjectCannedACL[]
export type CannedAcl = (typeof cannedAcls)[number]

/** In bytes. Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
export const MIN_PART_SIZE = 5 * 1024 ** 2
export const MAX_PART_SIZE = 5 * 1024 ** 3
/** Source: the Kafka Connect S3 sink connector's `s3.part.size`. */
export const DEFAULT_PART_SIZE = 25 * 1024 ** 2

/** Names the bucket and where it is, for the log. */
export function storeName({ bucket, endpoint, region }: StoreSettings): string {
  // The origin leaves out a user name and password.
  return `bucket ${bucket} at ${endpoint ? new URL(endpoint).origin : `AWS S3 in ${region}`}`
}
