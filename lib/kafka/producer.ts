import type { describeConfigsV4 } from '@platformatic/kafka'
import type { OutgoingRecord, RecordProducer } from '../failure/dead-letter.ts'
import { asCodedError } from '../failure/error.ts'
import { retryUntil } from '../failure/retry.ts'
import { apiOf, type Client, createCluster } from './cluster.ts'
import type { KafkaConnection } from './connection.ts'
import { PartitionWriter, type Placement } from './partition-writer.ts'
import { byKey } from './partitioner.ts'
import type { Codec } from './record-batch.ts'
import { fits, type IndexedRecord, RecordTooLargeError, requestsOf } from './request.ts'

export interface ProducerOptions {
  clientId: string
  /** `none` when not given. */
  compression?: Codec
}

/** A producer that waits for all in-sync replicas (acks=all) and stays connected between invocations. */
export interface KafkaProducer extends RecordProducer {
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
  /**
   * `max.message.bytes` of the topic in bytes, for {@link fits}; Kafka's default when the cluster doesn't tell it.
   *
   * @throws CodedError
   */
  maxBytes(topic: string, deadline: number): Promise<number>
  /**
   * How many partitions the topic has, up to 30 seconds ago.
   *
   * @throws CodedError
   */
  partitions(topic: string, deadline: number): Promise<number>
  close(): Promise<void>
}

/** Source: Apache Kafka, documentation, `max.message.bytes`. */
const DEFAULT_MAX_BYTES = 1_048_588

export { fits }

export function createProducer(connection: KafkaConnection, options: ProducerOptions): KafkaProducer {
  const { clientId, compression = 'none' } = options
  const cluster = createCluster(connection, clientId)
  const writers = new Map<string, PartitionWriter>()
  const limits = new Map<string, number>()
  const choosePartition = byKey()

  function writer(topic: string, partition: number): PartitionWriter {
    const name = `${topic}/${partition}`
    const known = writers.get(name)
    if (known) return known
    const created = new PartitionWriter(cluster, { topic, partition }, compression)
    writers.set(name, created)
    return created
  }

  async function maxBytes(topic: string, deadline: number): Promise<number> {
    const known = limits.get(topic)
    if (known !== undefined) return known
    const limit = await retryUntil(deadline, signal =>
      cluster.attempt(`read the limit of ${topic}`, signal, async client => {
        await cluster.topic(client, topic)
        return await readLimit(client, topic)
      }),
    ).catch(whenNotTold)
    limits.set(topic, limit)
    return limit
  }

  async function partitions(topic: string, deadline: number): Promise<number> {
    return await retryUntil(deadline, signal =>
      cluster.attempt(`find ${topic}`, signal, async client => (await cluster.topic(client, topic)).partitionsCount),
    )
  }

  async function byPartition(topic: string, records: OutgoingRecord[], deadline: number) {
    const open = records.some(({ partition }) => partition === undefined)
    const count = open ? await partitions(topic, deadline) : 0
    const groups = new Map<number, IndexedRecord[]>()
    for (const [index, record] of records.entries()) {
      const partition = record.partition ?? choosePartition({ partition: 0, key: record.key }, count)
      const group = groups.get(partition)
      if (group) group.push({ index, record })
      else groups.set(partition, [{ index, record }])
    }
    return groups
  }

  async function send(topic: string, records: OutgoingRecord[], deadline: number): Promise<Placement[]> {
    if (records.length === 0) return []
    const limit = await maxBytes(topic, deadline)
    const index = records.findIndex(record => !fits(record, limit))
    if (index >= 0) throw tooLarge(topic, records, index, limit)
    const groups = await byPartition(topic, records, deadline)
    const writing = Array.from(groups, ([partition, group]) =>
      writer(topic, partition).write(requestsOf(group, limit), deadline),
    )
    // Each partition comes to its end before an error is reported: nothing goes on behind the caller's back.
    const settled = await Promise.allSettled(writing)
    const failed = settled.find(result => result.status === 'rejected')
    if (failed?.reason instanceof RecordTooLargeError) limits.delete(topic)
    if (failed) throw failed.reason
    return (await Promise.all(writing)).flat()
  }

  return { send, maxBytes, partitions, close: () => cluster.close() }
}

function tooLarge(topic: string, records: OutgoingRecord[], index: number, limit: number): RecordTooLargeError {
  const place = { topic, partition: records[index]?.partition, index }
  return new RecordTooLargeError(place, `A record is larger than the ${limit} bytes that ${topic} allows.`)
}

/** A cluster may keep its topics' settings to itself. A topic that is missing or a cluster that is away is another matter. */
function whenNotTold(thrown: unknown): number {
  const error = asCodedError(thrown)
  if (error.code === 'KAFKA_ACCESS_DENIED') return DEFAULT_MAX_BYTES
  throw error
}

/** Source: Apache Kafka, `org.apache.kafka.common.config.ConfigResource.Type`. */
const TOPIC_RESOURCE = 2
const LIMIT = 'max.message.bytes'

async function readLimit(client: Client, topic: string): Promise<number> {
  const api = await apiOf<unknown[], describeConfigsV4.DescribeConfigsResponse>(client, 'DescribeConfigs')
  const resource = { resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [LIMIT] }
  const { results } = await api.async(await client.anyBroker(), [resource], false, false)
  return Number(results[0]?.configs.find(({ name }) => name === LIMIT)?.value ?? DEFAULT_MAX_BYTES)
}
