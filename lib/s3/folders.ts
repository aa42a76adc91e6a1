import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { createClient } from './client.ts'
import { storeError } from './error.ts'
import type { ListedObject } from './object.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import type { StoreSettings } from './settings.ts'

/** Some of what a folder of a bucket has directly in it. */
export interface FolderPage {
  /** What the keys of these folders begin with, with a slash at the end. */
  folders: string[]
  objects: ListedObject[]
  /** Where the next page begins, as the store names it; absent on the last page. */
  next?: string
}

/** Which part of a folder is listed. */
export interface FolderRange {
  /** Of the page before; absent: the first page. */
  next?: string
  /** At most this many folders and objects, up to 1,000. */
  most: number
}

export interface Folders {
  /**
   * Lists a folder without what is in its folders.
   *
   * @param prefix what the keys begin with; that of a whole folder has a slash at its end, and that of the bucket is empty
   * @throws CodedError those of the store
   */
  page(prefix: string, range: FolderRange, signal?: AbortSignal): Promise<FolderPage>
}

/** Lists the folders of a bucket. Its secrets are read again when the store refuses them. */
export function createFolders(settings: StoreSettings): Folders {
  const open = (fresh: StoreSettings): OpenedBucket => ({ client: createClient(fresh), settings: fresh })
  const renewed = new RenewedClient<StoreSettings, OpenedBucket>(settings, { open, refusal: 'STORE_ACCESS_DENIED' })
  return { page: (prefix, range, signal) => renewed.use(bucket => listFolder(bucket, prefix, range, signal)) }
}

/** Source: Amazon S3 API Reference, "ListObjectsV2": keys that have the delimiter behind the prefix are grouped. */
async function listFolder(
  { client, settings }: OpenedBucket,
  prefix: string,
  { next, most }: FolderRange,
  abortSignal?: AbortSignal,
): Promise<FolderPage> {
  const { bucket: Bucket } = settings
  const input = { Bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: next, MaxKeys: most }
  const answer = await client.send(new ListObjectsV2Command(input), { abortSignal }).catch(error => {
    throw storeError(error, `list ${prefix} in ${Bucket}`, settings)
  })
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
    ...{ key: Key, size: Size, modified: LastModified?.getTime() ?? 0 },
  }))
  const folders = (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix)
  return { folders, objects, next: answer.NextContinuationToken }
}
