import type { KafkaRecord } from '../../record.ts'

/**
 * Chooses the target partition of a record.
 *
 * @param partitions number of partitions of the target topic, at least 1
 */
export type Partitioner = (record: Pick<KafkaRecord, 'partition' | 'key'>, partitions: number) => number

/**
 * Keeps the record's source partition. The target topic must have at least as many partitions. If the platform doesn't
 * report the partition, the key decides, as in {@link byKey}.
 */
export function samePartition(start = 0): Partitioner {
  const otherwise = byKey(start)
  return (record, partitions) => (record.partition < 0 ? otherwise(record, partitions) : record.partition)
}

/**
 * Chooses the partition that Java's producer chooses for the key. Records without a key are spread round-robin, whereas
 * Java's producer fills a batch for one partition before it moves to the next: neither guarantees a partition for them.
 * An empty key counts as a key.
 * Source: Apache Kafka, `org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey`.
 *
 * @param start number of the first record without a key
 */
export function byKey(start = 0): Partitioner {
  const next = roundRobin(start)
  return (record, partitions) =>
    record.key === null ? next(record, partitions) : (murmur2(record.key) & 0x7fffffff) % partitions
}

/** Sends each record to the next partition. The same start and records give the same partitions. */
export function roundRobin(start = 0): Partitioner {
  let turn = start
  return (_, partitions) => turn++ % partitions
}

/** Austin Appleby's MurmurHash2 with Apache Kafka's constants. Source: `org.apache.kafka.common.utils.Utils.murmur2`. */
const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

function murmur2(data: Buffer): number {
  const tail = data.length & ~3
  let hash = SEED ^ data.length
  for (let index = 0; index < tail; index += 4) {
    const word = Math.imul(data.readInt32LE(index), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER)
  }
  if (tail < data.length) hash = Math.imul(hash ^ data.readUIntLE(tail, data.length - tail), MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/**
 * The partitioners by name. Each takes the number of the first record without a key, so that a retried batch puts its
 * records into the same partitions.
 */
export const partitioners = {
  same: samePartition,
  key: byKey,
  'round-robin': roundRobin,
} satisfies Record<string, (firstTurn: number) => Partitioner>

export type PartitionerName = keyof typeof partitioners
export const partitionerNames = Object.keys(partitioners) as PartitionerName[]
