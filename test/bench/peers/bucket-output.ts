import type { ObjectStore } from '../../../lib/s3/store.ts'
import type { Output } from './peer.ts'

/** What is in a run's bucket. */
export async function bucketOutput(bucket: ObjectStore, hasRecords: (key: string) => boolean): Promise<Output> {
  const output = { objects: 0, bytes: 0, otherObjects: 0 }
  for await (const { key, size } of bucket.list('')) {
    if (!hasRecords(key)) {
      output.otherObjects += 1
      continue
    }
    output.objects += 1
    output.bytes += size
  }
  return output
}
