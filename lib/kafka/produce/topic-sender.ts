import { asCodedError } from '../../error.ts'
import type { OutgoingRecord } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import type { Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { describeTopicConfigs } from '../client/topic-configs.ts'
import type { PartitionWriter, Placement } from './partition-writer.ts'
import { byKey } from './partitioner.ts'
import { fits, type IndexedRecord, RecordTooLargeError, requestsOf } from './request-split.ts'

export interface TopicLimit {
  /** `max.message.bytes` of the topic; Kafka's default if the cluster doesn't reveal it. */
  maxBytes: number
  /** Indexes of the records that exceed the limit. */
  tooLarge: number[]
}

/** Limits and partition counts of the topics that records are sent to. */
export interface TopicLimits {
  /**
   * Compares the records with the topic's limit. The limit is cached, and read again if a record exceeds it: it may have
   * been raised.
   *
   * @throws CodedError
   */
  limitOf(topic: string, records: OutgoingRecord[], deadline: number): Promise<TopicLimit>
  /**
   * The topic's number of partitions, at most 30 seconds old.
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
  /** Called before the first request, with the partitions that receive records. */
  prepare?(partitions: number[]): Promise<void>
}

/** Passes records to the writers of their partitions, in requests within the topic's limit. */
export interface Sender extends TopicLimits {
  /**
   * @throws RecordTooLargeError for the first record that exceeds the topic's limit, before any is sent
   * @throws CodedError once all partitions have finished
   */
  send(sending: Sending): Promise<Placement[]>
}

/** Source: Apache Kafka, documentation, `max.message.bytes`. */
const DEFAULT_MAX_BYTES = 1_048_588

export function createSender(cluster: ClusterClient): Sender {
  const limits = new Map<string, number>()
  const choosePartition = byKey()

  async function limitOf(topic: string, records: OutgoingRecord[], deadline: number): Promise<TopicLimit> {
    const known = limits.get(topic)
    const limit = known !== undefined && toLimit(records, known)
    if (limit && limit.tooLarge.length === 0) return limit
    const maxBytes = await retryUntil(deadline, signal =>
      cluster.attempt(`read the limit of ${topic}`, signal, async client => {
        await cluster.topic(client, topic)
        return await readLimit(client, topic)
      }),
    ).catch(defaultWhenDenied)
    limits.set(topic, maxBytes)
    return toLimit(records, maxBytes)
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
    const limit = await limitOf(topic, records, deadline)
    const [index] = limit.tooLarge
    if (index !== undefined) throw recordTooLarge(topic, records, index, limit)
    const groups = await byPartition(topic, records, deadline)
    await prepare?.([...groups.keys()])
    const writing = Array.from(groups, ([partition, group]) =>
      writer(partition).write(requestsOf(group, limit.maxBytes), deadline),
    )
    // Waits for all partitions before it reports an error, so that no write outlasts the call.
    const settled = await Promise.allSettled(writing)
    const failed = settled.find(result => result.status === 'rejected')
    if (failed?.reason instanceof RecordTooLargeError) limits.delete(topic)
    if (failed) throw failed.reason
    return (await Promise.all(writing)).flat()
  }

  return { send, limitOf, partitions }
}

/** A single pass that measures each record once: every send goes through here. */
function toLimit(records: OutgoingRecord[], maxBytes: number): TopicLimit {
  const tooLarge: number[] = []
  for (const [index, record] of records.entries()) if (!fits(record, maxBytes)) tooLarge.push(index)
  return { maxBytes, tooLarge }
}

function recordTooLarge(topic: string, records: OutgoingRecord[], index: number, { maxBytes }: TopicLimit) {
  const place = { topic, partition: records[index]?.partition, index }
  return new RecordTooLargeError(place, `A record is larger than the ${maxBytes} bytes that ${topic} allows.`)
}

/** A cluster may deny access to its topics' settings. A missing topic or an unreachable cluster remains an error. */
function defaultWhenDenied(thrown: unknown): number {
  const error = asCodedError(thrown)
  if (error.code === 'KAFKA_ACCESS_DENIED') return DEFAULT_MAX_BYTES
  throw error
}

const LIMIT = 'max.message.bytes'

async function readLimit(client: Client, topic: string): Promise<number> {
  const [described] = await describeTopicConfigs(client, [topic], [LIMIT])
  return Number(described?.configs.find(({ name }) => name === LIMIT)?.value ?? DEFAULT_MAX_BYTES)
}
