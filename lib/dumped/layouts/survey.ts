import type { LayoutName, LayoutObject, LayoutRecord } from '../layout.ts'

/** The topic-partitions that an object's records are of, with their first and last offsets. */
export async function surveyed(records: AsyncIterable<LayoutRecord[]>): Promise<LayoutName[]> {
  const places = new Map<string, { topic: string; partition: number; firstOffset: number; lastOffset: number }>()
  for await (const some of records) {
    for (const { topic, partition, offset } of some) {
      // No name of a topic has a slash.
      const id = `${partition}/${topic}`
      const place = places.get(id)
      if (!place) places.set(id, { topic, partition, firstOffset: offset, lastOffset: offset })
      else {
        place.firstOffset = Math.min(place.firstOffset, offset)
        place.lastOffset = Math.max(place.lastOffset, offset)
      }
    }
  }
  return [...places.values()]
}

/** Those of an object's records that are of its topic and partition. */
export async function* ofPlace(
  records: AsyncIterable<LayoutRecord[]>,
  { topic, partition }: LayoutObject,
): AsyncIterable<LayoutRecord[]> {
  for await (const some of records) {
    const own = some.filter(record => record.topic === topic && (partition === 'all' || record.partition === partition))
    if (own.length > 0) yield own
  }
}
