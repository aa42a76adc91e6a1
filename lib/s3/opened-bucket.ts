import type { S3Client } from '@aws-sdk/client-s3'
import type { StoreSettings } from './settings.ts'

/** A bucket and a client for it, opened with one set of secrets. */
export interface OpenedBucket {
  client: S3Client
  settings: StoreSettings
}
