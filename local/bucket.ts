import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { createStore, type ObjectStore } from '../lib/s3/store.ts'

/** The bucket of the local store, made when it is not there yet. */
export async function openBucket(settings: StoreSettings): Promise<ObjectStore> {
  const client = new S3Client(settings)
  try {
    await client.send(new CreateBucketCommand({ Bucket: settings.bucket }))
  } catch (error) {
    if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as Error).name)) throw error
  } finally {
    client.destroy()
  }
  return createStore(settings)
}
