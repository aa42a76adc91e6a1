import { PartitionMap } from '../../partition-map.ts'
import type { OutgoingRecord, RecordProducer } from '../../record.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import type { Codec } from '../codec.ts'
import type { PartitionWrite, Placement } from './partition-queue.ts'
import { PartitionWriter } from './partition-writer.ts'
import { createSender, type Topics } from './topic-sender.ts'

export interface ProducerOptions {
  clientId: string
  /** Default: `none`. */
  compression?: Codec
}

/** A producer that waits for all in-sync replicas (acks=all) and stays connected between invocations. */
export interface KafkaProducer extends RecordProducer, Topics {
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
   * @param onStored receives the indexes of the records of each stored request, and where they are
   * @returns a placement per request, grouped by partition, in the order of the requests
   * @throws RefusedRecordsError when the topic refuses some of the records. In their partitions, records before the first
   * of them may be stored, and none after it is
   * @throws CodedError
   */
  send(
    topic: string,
    records: OutgoingRecord[],
    deadline: number,
    onStored?: PartitionWrite['onStored'],
  ): Promise<Placement[]>
  close(): Promise<void>
}

export function createProducer(connection: KafkaSettings, options: ProducerOptions): KafkaProducer {
  const { clientId, compression = 'none' } = options
  const cluster = createClusterClient(connection, clientId)
  const { send, partitions } = createSender(cluster, compression)
  const writers = new PartitionMap<PartitionWriter>()

  function writerOf(topic: string, partition: number): PartitionWriter {
    const place = { topic, partition }
    return writers.getOrCreate(place, () => new PartitionWriter(cluster, place, compression))
  }

  return {
    partitions,
    send: (topic, records, deadline, onStored) =>
      send({ topic, records, deadline, onStored, writer: partition => writerOf(topic, partition) }),
    close: () => cluster.close(),
  }
}
