import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { Searched } from './canary.ts'
import type { Moto } from './moto.ts'
import { configOf } from './moto-function.ts'

/** All objects of a bucket with their keys and metadata. */
export async function objectsIn(moto: Moto, Bucket: string): Promise<Searched[]> {
  const client = new S3Client(configOf(moto))
  const found: Searched[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key = '' } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
      const { Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }))
      found.push({ place: `the object ${Key}`, content: (await Body?.transformToByteArray()) ?? '' })
      found.push({ place: `the metadata of ${Key}`, content: JSON.stringify(Metadata) })
    }
  }
  client.destroy()
  return found
}

/** All records of the topics in whose names one of the texts is. */
export async function recordsIn(cluster: KafkaSettings, texts: readonly string[]): Promise<Searched[]> {
  const names = [...(await createAdmin(cluster, 'test').partitionCounts()).keys()]
  const log = createPartitionRecords(cluster, 'test')
  const found: Searched[] = []
  for (const topic of names.filter(name => texts.some(text => name.includes(text)))) {
    for (const [partition, { start, end }] of await log.bounds(topic)) {
      for await (const records of log.read({ topic, partition, from: start, end })) {
        const parts = records.flatMap(({ key, value, headers }) => [key, value, ...headers.map(({ value }) => value)])
        const content = Buffer.concat(parts.flatMap(part => (part ? [part, Buffer.from('\n')] : [])))
        found.push({ place: `records of ${topic}`, content })
      }
    }
  }
  await log.close()
  return found
}
