import { asCodedError, CodedError } from '../../error.ts'
import type { OutgoingRecord } from '../../record.ts'
import { RefusedRecordsError } from '../../refused-records.ts'
import { retryUntil } from '../../retry.ts'
import type { Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { describeTopicConfigs } from '../client/topic-configs.ts'
import type { Codec } from '../codec.ts'
import type { PartitionWrite, Placement } from './partition-queue.ts'
import type { PartitionWriter } from './partition-writer.ts'
import { byKey } from './partitioner.ts'
import { batchBytes } from './record-batch.ts'
import { fits, type IndexedRecord } from './request-split.ts'

/** What a producer knows about the topics that records are sent to. */
export interface Topics {
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
  onStored?: PartitionWrite['onStored']
  writer(partition: number): PartitionWriter
  /** Called before the first request, with the partitions that receive records. */
  prepare?(partitions: number[]): Promise<void>
}

/** Passes records to the writers of their partitions, with the topic's limit. */
export interface Sender extends Topics {
  /**
   * The limit is cached, and read again if a record exceeds it: it may have been raised.
   *
   * @throws RefusedRecordsError once all partitions have finished; for records that exceed the topic's limit before any is
   * sent
   * @throws CodedError once all partitions have finished
   */
  send(sending: Sending): Promise<Placement[]>
}

/** Source: Apache Kafka, documentation, `max.message.bytes`. */
const DEFAULT_MAX_BYTES = 1_048_588

/** @param codec by which records are compressed before their size counts */
export function createSender(cluster: ClusterClient, codec: Codec): Sender {
  const limits = new Map<string, number>()
  const choosePartition = byKey()

  async function currentLimit(topic: string, deadline: number): Promise<number> {
    const maxBytes = await retryUntil(deadline, signal =>
      cluster.attempt(`read the limit of ${topic}`, signal, async client => {
        await cluster.topic(client, topic)
        return await readLimit(client, topic)
      }),
    ).catch(defaultWhenDenied)
    limits.set(topic, maxBytes)
    return maxBytes
  }

  /** @throws RefusedRecordsError for all records that exceed the limit */
  async function limitFor(topic: string, records: OutgoingRecord[], deadline: number): Promise<number> {
    const known = limits.get(topic)
    if (known !== undefined && (await tooLarge(records, known, codec)).length === 0) return known
    const maxBytes = await currentLimit(topic, deadline)
    const indexes = await tooLarge(records, maxBytes, codec)
    if (indexes.length > 0) throw tooLargeFor(topic, records, indexes, maxBytes)
    return maxBytes
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

  async function send({ topic, records, deadline, writer, prepare, onStored }: Sending): Promise<Placement[]> {
    if (records.length === 0) return []
    const maxBytes = await limitFor(topic, records, deadline)
    const groups = await byPartition(topic, records, deadline)
    await prepare?.([...groups.keys()])
    const writing = Array.from(groups, ([partition, group]) =>
      writer(partition).write({ records: group, maxBytes, deadline, onStored }),
    )
    // Waits for all partitions before it reports an error, so that no write outlasts the call.
    const settled = await Promise.allSettled(writing)
    const failures = settled.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
    const refused = failures.flatMap(failure => (failure instanceof RefusedRecordsError ? failure.refused : []))
    if (refused.some(({ error }) => error.code === 'KAFKA_RECORD_TOO_LARGE')) limits.delete(topic)
    // First: without these records the next attempt can succeed.
    if (refused.length > 0) throw new RefusedRecordsError(refused.toSorted((one, other) => one.index - other.index))
    if (failures.length > 0) throw failures[0]
    return (await Promise.all(writing)).flat()
  }

  return { send, partitions }
}

/**
 * Indexes of the records that exceed a limit. The broker measures a record batch as it was sent, so a record that fits only
 * if it is compressed has to be compressed to know.
 */
async function tooLarge(records: OutgoingRecord[], maxBytes: number, codec: Codec): Promise<number[]> {
  const indexes: number[] = []
  for (const [index, record] of records.entries()) {
    if (fits(record, maxBytes)) continue
    if (codec !== 'none' && (await batchBytes([record], codec, await import('@platformatic/kafka'))) <= maxBytes)
      continue
    indexes.push(index)
  }
  return indexes
}

function tooLargeFor(topic: string, records: OutgoingRecord[], indexes: number[], maxBytes: number) {
  const message = `The record is larger than the ${maxBytes} bytes that ${topic} allows.`
  return new RefusedRecordsError(
    indexes.map(index => ({
      index,
      error: new CodedError('KAFKA_RECORD_TOO_LARGE', message, { topic, partition: records[index]?.partition }),
    })),
  )
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
