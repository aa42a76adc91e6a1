import type { StoredRecord } from '../formats/format.ts'
import { type Begun, begin } from './ahead.ts'
import type { DumpedObject } from './dumped-object.ts'
import { mergeByOffset } from './merge.ts'
import { objectRecords } from './object-records.ts'
import type { Reading } from './reading.ts'

/** Groups of objects whose first records are fetched while others are read, and their bytes. */
const GROUPS_AHEAD = 3
const BYTES_AHEAD = 4 * 1024 * 1024

/** Objects whose offsets overlap, or one alone. */
interface Group {
  objects: DumpedObject[]
  last: number
}

/** The records of objects in the order of their offsets, each offset once, some at a time. */
export async function* recordsInOrder(
  objects: readonly DumpedObject[],
  reading: Reading,
): AsyncGenerator<StoredRecord[]> {
  const waiting = overlapping(objects)
  const begun: { records: Begun<StoredRecord[]>; bytes: number }[] = []
  const isRoom = () => begun.length < GROUPS_AHEAD && begun.reduce((sum, { bytes }) => sum + bytes, 0) < BYTES_AHEAD
  try {
    for (let next = 0; next < waiting.length || begun.length > 0; ) {
      while (next < waiting.length && isRoom()) {
        const group = waiting[next++] as Group
        begun.push({ records: begin(groupRecords(group, reading)), bytes: bytesOf(group) })
      }
      const first = begun[0] as (typeof begun)[number]
      for (let chunk = await first.records.next(); !chunk.done; chunk = await first.records.next()) yield chunk.value
      begun.shift()
    }
  } finally {
    await Promise.all(begun.map(({ records }) => records.end()))
  }
}

function groupRecords({ objects }: Group, reading: Reading): AsyncGenerator<StoredRecord[]> {
  const [only, ...others] = objects as [DumpedObject, ...DumpedObject[]]
  if (others.length === 0) return objectRecords(only, reading)
  const sorted = objects.map(object => ({
    first: object.bounds?.first ?? 0,
    precedence: reading.precedenceOf(object),
    read: () => objectRecords(object, reading),
  }))
  return mergeByOffset(sorted, reading.options.findings)
}

/** Divides objects into groups so that no two groups overlap, in the order of their offsets. */
function overlapping(objects: readonly DumpedObject[]): Group[] {
  const groups: Group[] = []
  const ordered = objects.toSorted((one, other) => (one.bounds?.first ?? 0) - (other.bounds?.first ?? 0))
  for (const object of ordered) {
    const { first, last } = object.bounds ?? { first: 0, last: Number.POSITIVE_INFINITY }
    const group = groups.at(-1)
    if (!group || first > group.last) groups.push({ objects: [object], last })
    else {
      group.objects.push(object)
      group.last = Math.max(group.last, last)
    }
  }
  return groups
}

function bytesOf({ objects }: Group): number {
  return objects.reduce((sum, { size }) => sum + size, 0)
}
