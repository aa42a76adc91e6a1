import pMap from 'p-map'
import type { PartitionRecords } from '../../kafka/read/partition-records.ts'

export type SearchedRecords = Pick<PartitionRecords, 'bounds' | 'read'>

/** Partitions that are read at a time. Each has a fetch of some megabytes in memory. */
const PARTITIONS_AT_ONCE = 4

/**
 * The offset of the first record from a time on, by topic and partition, without partitions that have no such record.
 *
 * Kafka's own answer is only where the search begins. It also counts the end of a transaction, which has the time at which the
 * records were restored: behind the first transaction, that would be later than any time asked for.
 *
 * @param time in milliseconds since the epoch
 * @throws CodedError as {@link PartitionRecords}
 */
export async function offsetsFrom(
  records: SearchedRecords,
  topics: string[],
  time: number,
): Promise<Map<string, Map<number, number>>> {
  const found = new Map(topics.map(topic => [topic, new Map<number, number>()]))
  const places = await Promise.all(
    topics.map(async topic => {
      const bounds = await records.bounds(topic, time)
      return Array.from(bounds, ([partition, { start, end }]) => ({ topic, partition, from: start, end }))
    }),
  )
  const search = async (range: (typeof places)[0][0]) => {
    for await (const some of records.read(range)) {
      const first = some.find(({ timestamp }) => timestamp >= time)
      if (!first) continue
      found.get(range.topic)?.set(range.partition, first.offset)
      return
    }
  }
  await pMap(places.flat(), search, { concurrency: PARTITIONS_AT_ONCE })
  return found
}
