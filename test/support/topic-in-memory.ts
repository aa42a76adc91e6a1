import type { PartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../lib/record.ts'

/** Partitions of topics, each with its records and the bounds that a broker would tell. */
export type MemoryTopics = Map<string, MemoryPartition[]>

export interface MemoryPartition {
  start: number
  end: number
  records: KafkaRecord[]
}

/** Reads topics that are in memory as a cluster is read: in fetches of a few records. */
export function readMemory(topics: MemoryTopics, fetchSize = 3): PartitionRecords {
  return {
    async bounds(topic) {
      return new Map((topics.get(topic) ?? []).map(({ start, end }, partition) => [partition, { start, end }]))
    },
    async *read({ topic, partition, from, end }) {
      const { records = [] } = topics.get(topic)?.[partition] ?? {}
      const wanted = records.filter(({ offset }) => offset >= from && offset < end)
      for (let at = 0; at < wanted.length; at += fetchSize) yield wanted.slice(at, at + fetchSize)
    },
    async first({ topic, partition, from, end }) {
      const { records = [] } = topics.get(topic)?.[partition] ?? {}
      return records.find(({ offset }) => offset >= from && offset < end)
    },
    async close() {},
  }
}
