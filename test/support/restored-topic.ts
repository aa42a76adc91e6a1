import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../lib/record.ts'

/** The committed records of a topic, in the order of partitions and offsets. */
export async function restoredRecords(connection: KafkaSettings, topic: string): Promise<KafkaRecord[]> {
  const reader = createPartitionRecords(connection, 'restored')
  try {
    const bounds = [...(await reader.bounds(topic))].toSorted(([a], [b]) => a - b)
    const records: KafkaRecord[] = []
    for (const [partition, { start, end }] of bounds)
      for await (const some of reader.read({ topic, partition, from: start, end }))
        for (const record of some) records.push(record)
    return records
  } finally {
    await reader.close()
  }
}

/** What a record keeps when it is restored. */
export const kept = ({ partition, timestamp, key, value, headers }: KafkaRecord) => ({
  ...{ partition, timestamp, headers: headers.map(header => [header.key, String(header.value)]) },
  ...{ key: key?.toString('hex'), value: value?.toString('hex') },
})
