import type { ObjectCannedACL } from '@aws-sdk/client-s3'
import type { Renewable } from '../secrets/renewable.ts'

/** Where objects go, how to reach it, and what the store does with them. What is absent is the default. */
export interface StoreSettings extends Renewable<StoreSettings> {
  bucket: string
  region: string
  /** URL of an S3-compatible store; absent: AWS S3 of the region. */
  endpoint?: string
  /** Bucket in the path (`endpoint/bucket/key`) instead of in the host name. */
  forcePathStyle: boolean
  /** AWS S3 Transfer Acceleration: through the nearest edge location. */
  accelerate?: boolean
  /** Absent: the profile's, or the platform's default credential chain. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
  /** A profile of `~/.aws/config` and `~/.aws/credentials`. */
  profile?: string
  /** URL of a proxy, with user name and password where it wants them. */
  proxy?: string
  /** By default {@link DEFAULT_RETRIES}. */
  retries?: RetrySettings
  /** Whether the store is asked before it is sent a large body, by default true. Behind a proxy it never is. */
  expectContinue?: boolean
  /** What the store checks bodies against, by default `crc32`. */
  checksum?: ChecksumName
  /** Encryption at rest; absent: as the bucket says. */
  encryption?: Encryption
  acl?: CannedAcl
  /** As `STANDARD_IA`; which there are is the store's matter. */
  storageClass?: string
  /** Names and values, at most ten. */
  tags?: Record<string, string>
  /** Objects with more bytes are written in parts of as many, by default {@link DEFAULT_PART_SIZE}. */
  partSize?: number
  /** Whether an object that is there already is left as it is. */
  ifNoneMatch?: boolean
}

/** How often one request is repeated, and after what pauses. */
export interface RetrySettings {
  most: number
  /** Longest pause before the first repetition, in milliseconds. It doubles from one to the next. */
  firstPauseMs: number
}

/** Source: the Kafka Connect S3 sink connector's `s3.part.retries` and `s3.retry.backoff.ms`. */
export const DEFAULT_RETRIES: RetrySettings = { most: 3, firstPauseMs: 200 }

/** `none`: only the signature vouches for the body, and the store's answers aren't checked either. */
export const checksumNames = ['crc32', 'crc64nvme', 'none'] as const
export type ChecksumName = (typeof checksumNames)[number]

/** With the store's keys, with those of a key management service, or with a key of one's own. */
export type Encryption =
  | { kind: 'AES256' }
  /** Without a key's id: the account's key for S3. */
  | { kind: 'aws:kms'; keyId?: string }
  /** 32 bytes as base64. The store forgets it; who reads the object has to send it, too. */
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
