import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { createClient } from '../lib/s3/client.ts'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { createStore, type ObjectStore } from '../lib/s3/store.ts'

/** A store's bucket, made when it is not there yet and the credentials allow it. */
export async function openBucket(settings: StoreSettings): Promise<ObjectStore> {
  const client = createClient(settings)
  try {
    await client.send(new CreateBucketCommand({ Bucket: settings.bucket }))
  } catch (error) {
    const isThere = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'AccessDenied']
    if (!isThere.includes((error as Error).name)) throw error
  } finally {
    client.destroy()
  }
  return createStore(settings)
}
