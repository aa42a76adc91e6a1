import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { MD5, namingNoAlgorithm } from './content-md5.ts'
import { storeError } from './error.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { type SdkError, statusOf } from './passing.ts'
import { deleteObject } from './writing.ts'

/** Keys of one request. Source: Amazon S3 API Reference, "DeleteObjects". */
export const MOST_KEYS = 1_000

/** Requests at the same time where each deletes one object. */
const AT_ONCE = 8

/** Bad Request, Method Not Allowed and Not Implemented: how a store refuses a request that it doesn't know. */
const unsupported = [400, 405, 501]

/** Deletes objects, with one request where the store can. Succeeds even if they don't exist. @param keys at most {@link MOST_KEYS} */
export async function deleteObjects(bucket: OpenedBucket, keys: string[], signal?: AbortSignal): Promise<void> {
  const left = keys.length === 1 ? keys : await deleteAtOnce(bucket, keys, signal)
  // If one of them can't be deleted, its own answer says why.
  await pMap(left, key => deleteObject(bucket, key, signal), { concurrency: AT_ONCE })
}

/** @returns the keys that are still there; all of them when the store can't delete several at once */
async function deleteAtOnce(
  { client, settings }: OpenedBucket,
  keys: string[],
  abortSignal?: AbortSignal,
): Promise<string[]> {
  const { bucket: Bucket } = settings
  const Delete = { Objects: keys.map(Key => ({ Key })), Quiet: true }
  try {
    const command = namingNoAlgorithm(new DeleteObjectsCommand({ Bucket, Delete, ChecksumAlgorithm: MD5 }))
    const { Errors = [] } = await client.send(command, { abortSignal })
    return Errors.flatMap(({ Key, Code }) => (Key === undefined || Code === 'NoSuchKey' ? [] : [Key]))
  } catch (thrown) {
    const error = thrown as SdkError
    if (unsupported.includes(statusOf(error))) return keys
    throw storeError(error, `delete ${keys.length} objects from ${Bucket}`, settings)
  }
}
