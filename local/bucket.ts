import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { createClient } from '../lib/s3/client.ts'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { createStore, type ObjectStore } from '../lib/s3/store.ts'

/** Opens a store's bucket. Creates it if it doesn't exist and the credentials allow it. */
export async function openBucket(settings: StoreSettings): Promise<ObjectStore> {
  const client = createClient(settings)
  try {
    await client.send(new CreateBucketCommand({ Bucket: settings.bucket }))
  } catch (error) {
    const ignored = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'AccessDenied']
    if (!ignored.includes((error as Error).name)) throw error
  } finally {
    client.destroy()
  }
  return createStore(settings)
}
