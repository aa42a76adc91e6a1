import type { S3Client } from '@aws-sdk/client-s3'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import type { View, Viewer } from '../checker/moments.ts'
import { ObjectReader } from '../checker/object-reader.ts'
import { numberOf } from '../load/numbered-record.ts'
import { bodyOf, clientOf, visibleObjects } from './reading.ts'

/** How often a bucket is listed for one look. */
const MOST_LISTS = 4

/** A reader of a bucket who lists it, and reads what is new since the last time. */
export class BucketView implements Viewer {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #reader: ObjectReader
  /** The numbers of an object's records, by its key and ETag. */
  readonly #read = new Map<string, string[]>()
  #keys: ReadonlySet<string> = new Set()

  static async open(address: StoreAddress, bucket: string): Promise<BucketView> {
    return new BucketView(clientOf(address), bucket, await ObjectReader.start())
  }

  private constructor(client: S3Client, bucket: string, reader: ObjectReader) {
    this.#client = client
    this.#bucket = bucket
    this.#reader = reader
  }

  async look(): Promise<View> {
    const listed = await this.#list()
    const view = new Map<string, string[]>()
    for (const { key, etag } of listed) view.set(key, await this.#numbersOf(key, etag))
    return view
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
    await this.#reader[Symbol.asyncDispose]()
  }

  /**
   * S3Proxy leaves out the rest of a folder when a file of it goes while it is listed (`AbstractNio2BlobStore.listHelper`), so an
   * object is only gone that several lists don't have.
   */
  async #list(): Promise<{ key: string; etag: string }[]> {
    for (let list = 1; ; list += 1) {
      const listed = await Array.fromAsync(visibleObjects(this.#client, this.#bucket))
      const keys = new Set(listed.map(({ key }) => key))
      if (list < MOST_LISTS && !this.#keys.isSubsetOf(keys)) continue
      this.#keys = keys
      return listed
    }
  }

  async #numbersOf(key: string, etag: string): Promise<string[]> {
    const version = `${key} ${etag}`
    const known = this.#read.get(version)
    if (known) return known
    const records = await this.#reader.read(key, await bodyOf(this.#client, this.#bucket, key))
    const numbers = records.flatMap(({ headers }) => numberOf(headers) ?? [])
    this.#read.set(version, numbers)
    return numbers
  }
}
