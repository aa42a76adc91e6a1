import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import { createTopics } from '../../../local/topics.ts'
import { partitions } from './connectors.ts'
import type { Places } from './servers.ts'

/** Objects of the archive, each of ten offsets. */
export const ARCHIVED = 20_000
const RECORDS = 10

/** Offsets that no object has, in the archive. */
export const lost = { first: 50_000, last: 50_009 }

/** The value of the largest record, in bytes. */
export const LARGE = 5 * 1024 * 1024

/** What the console has to cope with: a topic of 500 partitions with a record of 5 MB, and 20,000 objects with a gap. */
export async function plant({ source, bucketFolder }: Pick<Places, 'source' | 'bucketFolder'>): Promise<void> {
  await createTopics(source, partitions)
  await plantObjects(bucketFolder)
  await plantLargeRecord(source)
}

async function plantLargeRecord(source: Places['source']): Promise<void> {
  // The broker needs a while for the leaders of 500 partitions.
  const retry = { retries: 20 }
  const kafka = new Kafka({ ...kafkajsConfig(source), clientId: 'planting', logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ retry })
  await producer.connect()
  const value = JSON.stringify({ reading: 'x'.repeat(LARGE) })
  await producer.send({ topic: 'sensors', messages: [{ key: 'large', value, partition: 0 }] })
  await producer.disconnect()
}

/** Writes them into the store's folder: 20,000 requests would take a minute. */
async function plantObjects(bucketFolder: string): Promise<void> {
  const folder = join(bucketFolder, 'archive/archive/partition=0')
  await mkdir(folder, { recursive: true })
  for (let index = 0; index < ARCHIVED; index++) {
    const first = index * RECORDS
    if (first !== lost.first) await writeFile(join(folder, objectName(first)), objectContent(first))
  }
}

const objectName = (first: number) => `archive+0+${padded(first)}-${padded(first + RECORDS - 1)}.jsonl`
const padded = (offset: number) => `${offset}`.padStart(10, '0')

function objectContent(first: number): string {
  return Array.from({ length: RECORDS }, (_, index) =>
    JSON.stringify({
      key: `a-${index}`,
      offset: first + index,
      partition: 0,
      timestamp: 0,
      topic: 'archive',
      value: 'x',
    }),
  ).join('\n')
}
