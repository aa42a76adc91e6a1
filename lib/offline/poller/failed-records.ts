import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { createProducer } from '../../kafka/produce/producer.ts'
import { consumedHeaders } from '../../kafka/read/consumed-headers.ts'
import type { ConsumedRecord } from '../../kafka/read/consumer.ts'
import type { PartitionRecords } from './batch.ts'

/** How long writing failed records to their destination may take. */
const PRODUCE_MS = 30_000

/** Writes failed records to the topic that is a mapping's on-failure destination. */
export interface FailedRecords {
  /** Writes records with key, value, headers and timestamp as they were. */
  produce(topic: string, partitions: PartitionRecords[]): Promise<void>
  close(): Promise<void>
}

export function createFailedRecords(connection: KafkaSettings, clientId: string): FailedRecords {
  const producer = createProducer(connection, { clientId })
  return {
    async produce(topic, partitions) {
      const records = partitions.flatMap(({ records }) => records.map(toOutgoing))
      await producer.send(topic, records, Date.now() + PRODUCE_MS)
    },
    async close() {
      await producer.close()
    },
  }
}

function toOutgoing({ key, value, headers, timestamp }: ConsumedRecord) {
  return { key, value, headers: consumedHeaders(headers), timestamp: Number(timestamp) }
}
