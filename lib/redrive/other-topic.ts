import type { PartitionRecords } from '../kafka/read/partition-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { FetchedRecords } from './failed-records.ts'
import { nearOnes } from './near-offsets.ts'

const REASON =
  'The topic has other records with these offsets now, or ends before them: it was deleted and made again since they failed.'

/**
 * Refuses copies of records whose topic was deleted and made again: their offsets belong to other records now. A copy does not
 * name its topic's id, as the trigger's event has none. What the source still has is compared by its timestamp. Of what its retention
 * or compaction has deleted nothing can be told, but then nobody else has the offset either.
 *
 * A topic that does not exist has no other records, so all of them are taken.
 */
export async function* withoutOthers(
  kafka: PartitionRecords,
  place: TopicPartition,
  parts: AsyncIterable<FetchedRecords>,
): AsyncGenerator<FetchedRecords> {
  const all = await kafka.bounds(place.topic)
  for await (const part of parts) {
    const isOther = all.size === 0 ? undefined : await othersAmong(part, kafka, place, all.get(place.partition))
    const { other = [], same = [] } = Object.groupBy(part.records, ({ record }) =>
      isOther?.(record) ? 'other' : 'same',
    )
    const offsets = runsOf(other.map(({ record }) => record.offset))
    const refused = other.length > 0 ? [...part.refused, { offsets, reason: REASON }] : part.refused
    yield { ...part, records: same, refused }
  }
}

/** @param bounds undefined: the topic has no such partition any more */
async function othersAmong(
  { records }: FetchedRecords,
  kafka: PartitionRecords,
  { topic, partition }: TopicPartition,
  bounds: { start: number; end: number } | undefined,
): Promise<(record: KafkaRecord) => boolean> {
  const { start, end } = bounds ?? { start: 0, end: 0 }
  const there = records.map(({ record }) => record.offset).filter(offset => start <= offset && offset < end)
  const timestamps = new Map<number, number>()
  for (const runs of nearOnes(runsOf(there))) {
    const [first, last] = [runs[0], runs.at(-1)]
    if (!first || !last) continue
    const wanted = { topic, partition, from: first[0], end: last[0] + last[1] }
    for await (const batch of kafka.read(wanted)) for (const one of batch) timestamps.set(one.offset, one.timestamp)
  }
  return ({ offset, timestamp }) => {
    const now = timestamps.get(offset)
    return offset >= end || (now !== undefined && timestamp >= 0 && now !== timestamp)
  }
}
