import type { DumpedPartition, DumpedRecords, RecordSelection } from '../../lib/dumped/dumped-records.ts'
import { PartitionMap } from '../../lib/partition-map.ts'
import type { KafkaRecord, TopicPartition } from '../../lib/record.ts'

/**
 * A dump in memory: what restoring asks of one, with whole batches of so many records.
 *
 * @param records of each topic-partition in the order of their offsets
 */
export function memoryDump(records: readonly KafkaRecord[], batchRecords = 100): DumpedRecords {
  const places = new PartitionMap<KafkaRecord[]>()
  for (const record of records) places.getOrCreate(record, () => []).push(record)

  return {
    losses: [],
    close: async () => {},
    topics: async () => [...new Set(records.map(({ topic }) => topic))],
    passedOver: async () => [],
    elsewhere: async () => [],
    async *partitions(selection) {
      for (const list of places.values()) {
        const [first, last] = [list[0] as KafkaRecord, list.at(-1) as KafkaRecord]
        if (isSelected(first, selection)) yield { ...placeOf(first, last), objects: 1, bytes: list.length }
      }
    },
    async *read(place, _, { after = -1, findings }) {
      const all = places.get(place) ?? []
      const list = all.filter(({ offset }) => offset > after)
      for (let index = 0; index < list.length; index += batchRecords) {
        const batch = list.slice(index, index + batchRecords)
        yield { records: batch, next: (batch.at(-1)?.offset ?? 0) + 1, bytesRead: index + batch.length }
      }
      for (const [index, { offset }] of all.entries()) {
        const next = all[index + 1]?.offset ?? offset + 1
        if (next > offset + 1) findings.missing.push([offset + 1, next - offset - 1])
        findings.missingOffsets += next - offset - 1
      }
    },
  }
}

function placeOf({ topic, partition, offset: firstOffset }: KafkaRecord, { offset: lastOffset }: KafkaRecord) {
  return { topic, partition, firstOffset, lastOffset } satisfies Partial<DumpedPartition>
}

function isSelected({ topic, partition }: TopicPartition, { topics, partitions }: RecordSelection): boolean {
  return (topics?.includes(topic) ?? true) && (partitions?.includes(partition) ?? true)
}
