import { type PartitionerName, partitioners } from '../kafka/produce/partitioner.ts'
import type { KafkaRecord } from '../record.ts'
import type { ReplicationPolicy } from './naming/policy.ts'
import { withSource } from './source-header.ts'
import type { RoutedRecord } from './target-writer.ts'

/** Which topic and partition of the target a record gets, and what is added to them. */
export interface Routing {
  sourceAlias: string
  policy: ReplicationPolicy
  /** Whether records carry the source's alias, see {@link withSource}. */
  addSourceHeader: boolean
  partitioner: PartitionerName
}

/** How many partitions the target topic needs for records of a source partition; -1 when the platform doesn't tell it. */
export function partitionsFor(partition: number, { partitioner }: Routing): number {
  return partitioner === 'same' ? Math.max(partition + 1, 1) : 1
}

/**
 * Gives each record its partition on the target. A record that keeps everything is sent as it is, without a copy: there may be
 * hundreds of millions.
 *
 * @param records in the order of their offsets
 * @param partitions of the target topic
 */
export function route(records: KafkaRecord[], routing: Routing, partitions: number): RoutedRecord[] {
  const { addSourceHeader, sourceAlias } = routing
  const choosePartition = partitioners[routing.partitioner](firstIndex(records))
  return records.map(record => {
    const partition = choosePartition(record, partitions)
    if (partition === record.partition && !addSourceHeader) return { record, outgoing: record }
    const { key, value, timestamp } = record
    const headers = addSourceHeader ? withSource(record.headers, sourceAlias) : record.headers
    return { record, outgoing: { partition, key, value, headers, timestamp } }
  })
}

/** Where round-robin begins. Without offsets the event's time, in seconds, lets batches begin at different partitions. */
function firstIndex([first]: KafkaRecord[]): number {
  const { offset = 0, eventTime = 0 } = first ?? {}
  return offset >= 0 ? offset : Math.trunc(eventTime / 1000)
}
