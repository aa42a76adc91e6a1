import { PartitionMap } from '../../partition-map.ts'
import type { OutgoingRecord, RecordProducer } from '../../record.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import type { Codec } from '../codec.ts'
import { PartitionWriter, type Placement } from './partition-writer.ts'
import { createSender, type TopicLimits } from './topic-sender.ts'

export interface ProducerOptions {
  clientId: string
  /** `none` when not given. */
  compression?: Codec
}

/** A producer that waits for all in-sync replicas (acks=all) and stays connected between invocations. */
export interface KafkaProducer extends RecordProducer, TopicLimits {
  /**
   * Sends records and returns when the cluster has them all. The records of a partition are stored in the order given, and
   * after those of earlier calls; partitions go side by side. Records without a partition go where Java's producer puts
   * their key.
   *
   * While it lasts, a call stores each record once, whatever it has to repeat (see {@link PartitionWriter}). A call that
   * fails may have stored any of its records, so repeating it can duplicate them: whole requests, never out of order
   * among themselves. The same goes for a process that ends before the answer.
   *
   * @param deadline in milliseconds since the epoch
   * @returns a placement per request, partition by partition, in the order of the requests
   * @throws RecordTooLargeError with the first record that does not fit its topic; nothing was sent, unless the limit
   * can't be read or has just become smaller
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
