import type { ChecksumAlgorithm, StorageClass } from '@aws-sdk/client-s3'
import type { ChecksumName, Encryption, StoreSettings } from './settings.ts'

/** The fields that the settings add to each request that creates an object, whole or in parts. */
export function creationFields(settings: StoreSettings) {
  const { bucket, encryption, acl, storageClass, tags, checksum = 'crc32', ifNoneMatch } = settings
  return {
    Bucket: bucket,
    ...encryptionFields(encryption),
    ACL: acl,
    StorageClass: storageClass as StorageClass | undefined,
    Tagging: tags && new URLSearchParams(tags).toString(),
    ChecksumAlgorithm: checksumAlgorithms[checksum],
    IfNoneMatch: ifNoneMatch ? '*' : undefined,
  }
}

/** What an object's bytes are. */
export interface ContentDescription {
  contentType: string
  contentEncoding?: string
  /** Names and values in ASCII, as HTTP headers carry them. */
  metadata: Record<string, string>
}

/**
 * What the object is. Without its Content-Encoding, a compressed object is a file of the compression's own type, whose name is
 * the encoding's. Source: RFC 6713 (application/gzip), RFC 8878 (application/zstd).
 */
export function contentFields(
  { contentEncoding: hasEncoding = true }: StoreSettings,
  { contentType, contentEncoding, metadata }: ContentDescription,
) {
  const isFile = !hasEncoding && contentEncoding !== undefined
  return {
    ContentType: isFile ? `application/${contentEncoding}` : contentType,
    ContentEncoding: isFile ? undefined : contentEncoding,
    Metadata: metadata,
  }
}

/** The fields that the settings add to each request that reads an object. */
export function readingFields({ bucket, encryption }: StoreSettings) {
  return { Bucket: bucket, ...(encryption?.kind === 'customer' ? customerKeyFields(encryption.key) : {}) }
}

const checksumAlgorithms: Record<ChecksumName, ChecksumAlgorithm | undefined> = {
  crc32: 'CRC32',
  crc64nvme: 'CRC64NVME',
  none: undefined,
}

function encryptionFields(encryption: Encryption | undefined) {
  switch (encryption?.kind) {
    case 'AES256':
      return { ServerSideEncryption: 'AES256' as const }
    case 'aws:kms':
      return { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: encryption.keyId }
    case 'customer':
      return customerKeyFields(encryption.key)
    default:
      return {}
  }
}

const customerKeyFields = (key: string) => ({ SSECustomerAlgorithm: 'AES256', SSECustomerKey: key })
