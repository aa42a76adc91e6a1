import type { describeConfigsV4 } from '@platformatic/kafka'
import type { OutgoingRecord } from '../failure/dead-letter.ts'
import { asCodedError } from '../failure/error.ts'
import { retryUntil } from '../failure/retry.ts'
import { apiOf, type Client } from './client.ts'
import type { Cluster } from './cluster.ts'
import type { PartitionWriter, Placement } from './partition-writer.ts'
import { byKey } from './partitioner.ts'
import { fits, type IndexedRecord, RecordTooLargeError, requestsOf } from './request.ts'

/** What is known of the topics that records are sent to. */
export interface TopicLimits {
  /**
   * `max.message.bytes` of the topic in bytes, for `fits`; Kafka's default when the cluster doesn't tell it. It is asked for
   * once, and again when one of these records doesn't fit: the limit may have been raised.
   *
   * @throws CodedError
   */
  maxBytes(topic: string, records: OutgoingRecord[], deadline: number): Promise<number>
  /**
   * How many partitions the topic has, up to 30 seconds ago.
   *
   * @throws CodedError
   */
  partitions(topic: string, deadline: number): Promise<number>
}

export interface Sending {
  topic: string
  records: OutgoingRecord[]
  /** In milliseconds since the epoch. */
  deadline: number
  writer(partition: number): PartitionWriter
  /** Comes before the first request, with the partitions that get records. */
  prepare?(partitions: number[]): Promise<void>
}

/** Brings records to the writers of their partitions, in requests that the topic takes. */
export interface Sender extends TopicLimits {
  /**
   * @throws RecordTooLargeError with the first record that does not fit its topic, before any is sent
   * @throws CodedError when all partitions have come to their end
   */
  send(sending: Sending): Promise<Placement[]>
}

/** Source: Apache Kafka, documentation, `max.message.bytes`. */
const DEFAULT_MAX_BYTES = 1_048_588

export function createSender(cluster: Cluster): Sender {
  const limits = new Map<string, number>()
  const choosePartition = byKey()

  async function maxBytes(topic: string, records: OutgoingRecord[], deadline: number): Promise<number> {
    const known = limits.get(topic)
    if (known !== undefined && records.every(record => fits(record, known))) return known
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

  async function send({ topic, records, deadline, writer, prepare }: Sending): Promise<Placement[]> {
    if (records.length === 0) return []
    const limit = await maxBytes(topic, records, deadline)
    const index = records.findIndex(record => !fits(record, limit))
    if (index >= 0) throw tooLarge(topic, records, index, limit)
    const groups = await byPartition(topic, records, deadline)
    await prepare?.([...groups.keys()])
    const writing = Array.from(groups, ([partition, group]) =>
      writer(partition).write(requestsOf(group, limit), deadline),
    )
    // Each partition comes to its end before an error is reported: nothing goes on behind the caller's back.
    const settled = await Promise.allSettled(writing)
    const failed = settled.find(result => result.status === 'rejected')
    if (failed?.reason instanceof RecordTooLargeError) limits.delete(topic)
    if (failed) throw failed.reason
    return (await Promise.all(writing)).flat()
  }

  return { send, maxBytes, partitions }
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
