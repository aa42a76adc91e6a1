import { type Begun, begin } from '../ahead.ts'
import type { LayoutObject, LayoutRecord } from '../layout.ts'

/** Objects whose first records are fetched while others are read, and their bytes. Many sinks write an object a minute. */
const OBJECTS_AHEAD = 4
const BYTES_AHEAD = 4 * 1024 * 1024

/**
 * The records of a topic-partition whose objects are read one after the other, each offset once and in order.
 *
 * Records without offsets are counted: from the object's first offset, or from where the objects before ended, if that is later.
 * An object of a time or field partitioner has every third record, say, and the numbers in between are in other objects. Counting
 * on keeps all records apart, so none is taken for another's copy, and they come in the order of their objects. The number
 * stays below or at the record's own offset as long as no object repeats records of another.
 *
 * Records with offsets come once: objects of one topic-partition are stretches of it, so what isn't behind the last offset was
 * there before.
 *
 * @param objects of one topic-partition, in any order
 * @param open reads an object; one that ends early is passed over from there
 * @param onDuplicate is told how many records were left out
 */
export async function* chained(
  objects: readonly LayoutObject[],
  open: (object: LayoutObject) => AsyncGenerator<LayoutRecord[]>,
  onDuplicate: (records: number) => void,
): AsyncGenerator<LayoutRecord[]> {
  /** Behind the last record. */
  let end = 0
  for await (const { object, records } of opened(objects.toSorted(byFirstOffset), open)) {
    for (let some = await records.next(); !some.done; some = await records.next()) {
      const fresh: LayoutRecord[] = []
      for (const record of some.value) {
        const offset = record.offset < 0 ? Math.max(end, object.firstOffset ?? 0) : record.offset
        if (offset < end) continue
        fresh.push(offset === record.offset ? record : { ...record, offset })
        end = offset + 1
      }
      if (fresh.length < some.value.length) onDuplicate(some.value.length - fresh.length)
      if (fresh.length > 0) yield fresh
    }
  }
}

/** By key where two begin with the same offset, so that the order is always the same. */
function byFirstOffset(one: LayoutObject, other: LayoutObject): number {
  return (one.firstOffset ?? 0) - (other.firstOffset ?? 0) || (one.key < other.key ? -1 : 1)
}

interface Opened {
  object: LayoutObject
  records: Begun<LayoutRecord[]>
}

/** Each object with its records, while those behind it are opened. */
async function* opened(
  objects: LayoutObject[],
  open: (object: LayoutObject) => AsyncGenerator<LayoutRecord[]>,
): AsyncGenerator<Opened> {
  const begun: Opened[] = []
  const isRoom = () =>
    begun.length < OBJECTS_AHEAD && begun.reduce((sum, { object }) => sum + object.size, 0) < BYTES_AHEAD
  try {
    for (let next = 0; next < objects.length || begun.length > 0; ) {
      while (next < objects.length && isRoom()) {
        const object = objects[next++] as LayoutObject
        begun.push({ object, records: begin(open(object)) })
      }
      yield begun[0] as Opened
      begun.shift()
    }
  } finally {
    await Promise.all(begun.map(({ records }) => records.end()))
  }
}
