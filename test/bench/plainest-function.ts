import { parseArgs, promisify } from 'node:util'
import { constants, gzip, zstdCompress } from 'node:zlib'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'

/**
 * The plainest code that does what the event source mapping and the function `dump` do together: for each fetch of kafkajs
 * it builds the Lambda event as JSON, parses it, maps it to the JSON array, compresses that, and puts it into the store.
 */
interface EventRecord {
  key?: string
  offset: number
  partition: number
  timestamp: number
  topic: string
  value?: string
}

const ZSTD_PARAMETERS = { [constants.ZSTD_c_compressionLevel]: 3 }

const { values } = parseArgs({ options: { topic: { type: 'string' }, group: { type: 'string' } } })
const { topic = '', group = '' } = values
const { SOURCE_KAFKA_BROKERS = '', S3_BUCKET, S3_ENDPOINT, OBJECT_PREFIX, COMPRESSION = '' } = process.env
const { S3_ACCESS_KEY_ID: accessKeyId = '', S3_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env

const compressions = {
  gzip: { extension: 'gz', compress: (text: string) => promisify(gzip)(text, { level: 6 }) },
  zstd: { extension: 'zst', compress: (text: string) => promisify(zstdCompress)(text, { params: ZSTD_PARAMETERS }) },
}
const { extension, compress } = compressions[COMPRESSION as keyof typeof compressions]
const store = new S3Client({
  region: 'us-east-1',
  endpoint: S3_ENDPOINT,
  forcePathStyle: true,
  credentials: { accessKeyId, secretAccessKey },
})
const kafka = new Kafka({ brokers: SOURCE_KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: group, maxBytesPerPartition: 4 * 1024 * 1024 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ eachBatch: ({ batch }) => dump(eventOf(batch.partition, batch.messages)) })

function eventOf(partition: number, messages: KafkaMessage[]): string {
  const records = messages.map(({ key, value, offset, timestamp }) => ({
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    timestampType: 'CREATE_TIME',
    key: key?.toString('base64'),
    value: value?.toString('base64'),
    headers: [],
  }))
  return JSON.stringify({ eventSource: 'SelfManagedKafka', records: { [`${topic}-${partition}`]: records } })
}

async function dump(payload: string): Promise<void> {
  const { records }: { records: Record<string, EventRecord[]> } = JSON.parse(payload)
  for (const list of Object.values(records)) {
    const array = list.map(({ key, offset, partition, timestamp, topic, value }) => ({
      key: key === undefined ? null : Buffer.from(key, 'base64').toString(),
      offset,
      partition,
      timestamp,
      topic,
      value: value === undefined ? null : Buffer.from(value, 'base64').toString(),
    }))
    const [first, last] = [array[0], array.at(-1)]
    const Key = `${OBJECT_PREFIX}/${topic}+${first?.partition}+${first?.offset}-${last?.offset}.json.${extension}`
    await store.send(new PutObjectCommand({ Bucket: S3_BUCKET, Key, Body: await compress(JSON.stringify(array)) }))
  }
}
