import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { startJavaProgram } from '../../support/java-program.ts'
import { recordOfJava } from '../../support/java-record.ts'
import type { FoundRecord } from '../checker/found.ts'
import { ObjectReader } from '../checker/object-reader.ts'

/** The records of all objects that a reader sees. */
export async function* readBucket(address: StoreAddress, bucket: string): AsyncIterable<FoundRecord> {
  const client = new S3Client({ ...address, forcePathStyle: true } as never)
  await using reader = await ObjectReader.start()
  try {
    let token: string | undefined
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }))
      for (const { Key = '' } of page.Contents ?? []) {
        if (Key.split('/').some(part => part.startsWith('_'))) continue
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
        yield* await reader.read(Key, Buffer.from((await Body?.transformToByteArray()) ?? []))
      }
      token = page.NextContinuationToken
    } while (token)
  } finally {
    client.destroy()
  }
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
  const client = new S3Client({ ...address, forcePathStyle: true } as never)
  try {
    const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }))
    return KeyCount > 0
  } finally {
    client.destroy()
  }
}
