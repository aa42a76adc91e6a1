import { type DumpedRecords, noFindings } from '../dumped/dumped-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** Finds records in a dump's objects. */
export interface PresentRecords {
  /**
   * @param records of the topic-partition, in the order of their offsets
   * @returns the offsets of those that objects have already
   * @throws CodedError
   */
  of(place: TopicPartition, records: readonly KafkaRecord[]): Promise<OffsetRuns>
}

/**
 * Reads the objects whose bounds enclose the records. The trigger may have delivered a record after it had failed, as an event is
 * delivered again when another of its records fails. A record with the same offset and another timestamp is another record, of a
 * topic that was deleted and created again.
 */
export function createPresentRecords(dumped: Pick<DumpedRecords, 'read'>): PresentRecords {
  return {
    async of(place, records) {
      const { topic, partition } = place
      const byOffset = new Map(records.map(record => [record.offset, record]))
      const selection = { offsets: { [topic]: { [partition]: runsOf(byOffset.keys()) } } }
      const present = new Set<number>()
      for await (const batch of dumped.read(place, selection, { findings: noFindings() })) {
        for (const found of batch.records) {
          const wanted = byOffset.get(found.offset)
          if (wanted && isSameRecord(wanted, found)) present.add(found.offset)
        }
      }
      return runsOf([...present].toSorted((a, b) => a - b))
    },
  }
}

function isSameRecord(one: KafkaRecord, other: KafkaRecord): boolean {
  return one.timestamp < 0 || other.timestamp < 0 || one.timestamp === other.timestamp
}
