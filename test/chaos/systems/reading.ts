import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command, S3Client, type _Object as S3Object } from '@aws-sdk/client-s3'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { startJavaProgram } from '../../support/java-program.ts'
import { recordOfJava } from '../../support/java-record.ts'
import type { FoundRecord } from '../checker/found.ts'
import { ObjectReader } from '../checker/object-reader.ts'

/** The records of all objects that a reader sees. */
export async function* readBucket(address: StoreAddress, bucket: string): AsyncIterable<FoundRecord> {
  const client = clientOf(address)
  await using reader = await ObjectReader.start()
  try {
    for await (const { key } of visibleObjects(client, bucket))
      yield* await reader.read(key, await bodyOf(client, bucket, key))
  } finally {
    client.destroy()
  }
}

/**
 * What S3Proxy lists while it writes an object, under the object's key with a UUID behind it. S3 lists an object when it is whole.
 * Source: S3Proxy, `AbstractNio2BlobStore.putBlob`.
 */
const UNFINISHED = /-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** The objects that a reader sees who lists the bucket now: folders that begin with `_` are skipped, as docs/compact.md says. */
export async function* visibleObjects(client: S3Client, bucket: string): AsyncIterable<{ key: string; etag: string }> {
  for await (const { Key: key = '', ETag: etag = '' } of listedObjects(client, bucket))
    if (!key.split('/').some(part => part.startsWith('_')) && !UNFINISHED.test(key)) yield { key, etag }
}

/** All objects of a bucket whose keys have a prefix, in the order of their keys. */
export async function* listedObjects(client: S3Client, bucket: string, prefix?: string): AsyncIterable<S3Object> {
  let token: string | undefined
  do {
    const asked = { Bucket: bucket, Prefix: prefix, ContinuationToken: token }
    const page = await client.send(new ListObjectsV2Command(asked))
    yield* page.Contents ?? []
    token = page.NextContinuationToken
  } while (token)
}

/** An entry of a redrive's log that is done, and the folder of its topic-partition. The newest entry of a folder comes first. */
const REDRIVEN = /^(?<folder>(?:.*\/)?_redriven\/.*\/)\d+\.done\.json\.gz$/

/** How many records redrives have put into a dump, as their logs say: docs/redrive.md. */
export async function countRedriven(address: StoreAddress, bucket: string): Promise<number> {
  const client = clientOf(address)
  try {
    const newest = new Map<string, string>()
    for await (const { Key: key = '' } of listedObjects(client, bucket)) {
      const { folder } = REDRIVEN.exec(key)?.groups ?? {}
      if (folder !== undefined && !newest.has(folder)) newest.set(folder, key)
    }
    let count = 0
    for (const key of newest.values()) {
      const { marks } = JSON.parse(String(gunzipSync(await bodyOf(client, bucket, key))))
      for (const [, records] of marks.redriven) count += records
    }
    return count
  } finally {
    client.destroy()
  }
}

export async function bodyOf(client: S3Client, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

export function clientOf(address: StoreAddress): S3Client {
  return new S3Client({ ...address, forcePathStyle: true } as never)
}

/**
 * The committed records of topics as Kafka’s own consumer in Java reads them, under the names of their source topics. Waits for
 * transactions that are not ended.
 *
 * @param topics the topic to read, by the name of its source topic
 */
export async function* readTopics(
  { brokers }: KafkaSettings,
  topics: ReadonlyMap<string, string>,
): AsyncIterable<FoundRecord> {
  if (topics.size === 0) return
  const consumer = await startJavaProgram('ProducerOracle', 'kafka')
  try {
    for (const [source, topic] of topics) {
      for (const line of await consumer.ask('consume', brokers.join(), topic)) {
        if (line === '') continue
        const record = recordOfJava(topic, line)
        yield { ...record, topic: source, offset: undefined, place: `${topic}-${record.partition} ${record.offset}` }
      }
    }
  } finally {
    await consumer.stop()
  }
}

export async function hasObjects(address: StoreAddress, bucket: string, prefix: string): Promise<boolean> {
  const client = clientOf(address)
  try {
    const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }))
    return KeyCount > 0
  } finally {
    client.destroy()
  }
}
