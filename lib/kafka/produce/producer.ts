import { PartitionMap } from '../../partition-map.ts'
import type { OutgoingRecord, RecordProducer } from '../../record.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import type { Codec } from '../codec.ts'
import { PartitionWriter, type Placement } from './partition-writer.ts'
import { createSender, type TopicLimits } from './topic-sender.ts'

export interface ProducerOptions {
  clientId: string
  /** Default: `none`. */
  compression?: Codec
}

/** A producer that waits for all in-sync replicas (acks=all) and stays connected between invocations. */
export interface KafkaProducer extends RecordProducer, TopicLimits {
  /**
   * Sends records and resolves when the cluster has stored them all. The records of a partition are stored in the order
   * given, after those of earlier calls; partitions are written in parallel. For records without a partition, the key
   * decides as in Java's producer.
   *
   * A call stores each record once, however often it retries (see {@link PartitionWriter}). A call that fails may have
   * stored any of its records, so calling it again can duplicate whole requests, though never reorder them. So can a
   * process that ends before the response.
   *
   * @param deadline in milliseconds since the epoch
   * @returns a placement per request, grouped by partition, in the order of the requests
   * @throws RecordTooLargeError for the first record that exceeds the topic's limit; nothing was sent, unless the limit
   * can't be read or has just been lowered
   * @throws CodedError
   */
  send(topic: string, records: OutgoingRecord[], deadline: number): Promise<Placement[]>
  close(): Promise<void>
}

export function createProducer(connection: KafkaSettings, options: ProducerOptions): KafkaProducer {
  const { clientId, compression = 'none' } = options
  const cluster = createClusterClient(connection, clientId)
  const { send, ...limits } = createSender(cluster)
  const writers = new PartitionMap<PartitionWriter>()

  function writerOf(topic: string, partition: number): PartitionWriter {
    const place = { topic, partition }
    return writers.getOrCreate(place, () => new PartitionWriter(cluster, place, compression))
  }

  return {
    ...limits,
    send: (topic, records, deadline) =>
      send({ topic, records, deadline, writer: partition => writerOf(topic, partition) }),
    close: () => cluster.close(),
  }
}
