import type { StoredRecord } from '../formats/format.ts'
import { type Begun, begin } from './ahead.ts'
import type { DumpedObject } from './dumped-object.ts'
import { sortByOffset } from './external-sort.ts'
import { chained } from './layouts/chain.ts'
import { mergeByOffset, type SortedRecords } from './merge.ts'
import { layoutObject, objectRecords } from './object-records.ts'
import type { Reading } from './reading.ts'

/**
 * Groups of objects that are begun at the same time, and bytes from which on no other is: decompressed they may take ten times
 * as much. Small objects come together, as each takes a round trip; while a large one is fetched, other partitions are decoded.
 */
const GROUPS_AHEAD = 3
const BYTES_AHEAD = 512 * 1024

/** Bytes that objects which are merged may hold together. */
const MERGE_BYTES = 64 * 1024 * 1024

/** Bytes in memory for each byte of a small object: decompressed, and as records. */
const EXPANSION = 12

/** What a large object holds at most while it is read: some pieces, or a row group, and some records. */
const HELD_BYTES = 6 * 1024 * 1024
const HELD_BYTES_OF_COLUMNS = 20 * 1024 * 1024

/** Records that overlap with those of no other group. */
interface Group {
  parts: SortedRecords[]
  last: number
}

/** The records of objects in the order of their offsets, each offset once, some at a time. */
export async function* recordsInOrder(
  objects: readonly DumpedObject[],
  reading: Reading,
): AsyncGenerator<StoredRecord[]> {
  const waiting = overlapping(sorted(objects, reading))
  const begun: { records: Begun<StoredRecord[]>; bytes: number }[] = []
  const isRoom = () => begun.length < GROUPS_AHEAD && begun.reduce((sum, { bytes }) => sum + bytes, 0) < BYTES_AHEAD
  try {
    for (let next = 0; next < waiting.length || begun.length > 0; ) {
      while (next < waiting.length && isRoom()) {
        const { parts } = waiting[next++] as Group
        const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
        begun.push({ records: begin(recordsOf(parts, reading)), bytes })
      }
      const { records } = begun[0] as (typeof begun)[number]
      for (let chunk = await records.next(); !chunk.done; chunk = await records.next()) yield chunk.value
      begun.shift()
    }
  } finally {
    await Promise.all(begun.map(({ records }) => records.end()))
  }
}

/** Those of many objects at once would not fit into memory, so they are sorted instead of merged. */
function recordsOf(
  parts: readonly SortedRecords[],
  { options: { findings } }: Reading,
): AsyncGenerator<StoredRecord[]> {
  return mostHeld(parts) <= MERGE_BYTES ? mergeByOffset(parts, findings) : sortByOffset(parts, findings)
}

/** Bytes that a merge holds where most objects overlap. */
function mostHeld(parts: readonly SortedRecords[]): number {
  const changes = parts.flatMap(({ first, last, held }) => [
    { at: first, bytes: held },
    { at: last + 1, bytes: -held },
  ])
  changes.sort((one, other) => one.at - other.at || one.bytes - other.bytes)
  let held = 0
  let most = 0
  for (const { bytes } of changes) {
    held += bytes
    most = Math.max(most, held)
  }
  return most
}

/** Objects whose records have offsets, each alone, and those of a dump whose records have none, one after the other. */
function sorted(objects: readonly DumpedObject[], reading: Reading): SortedRecords[] {
  const alone = objects.filter(({ source }) => !source.layout.isChained)
  const chains = Map.groupBy(
    objects.filter(({ source }) => source.layout.isChained),
    ({ source }) => source,
  )
  const parts = alone.map(object => partOf([object], reading, () => objectRecords(object, reading)))
  for (const chain of chains.values()) parts.push(partOf(chain, reading, () => chainRecords(chain, reading)))
  return parts
}

function partOf(objects: DumpedObject[], reading: Reading, read: SortedRecords['read']): SortedRecords {
  const [first] = objects as [DumpedObject, ...DumpedObject[]]
  const largest = objects.reduce((most, { size }) => Math.max(most, size), 0)
  const precedence = reading.precedenceOf(first)
  return {
    partition: reading.place.partition,
    held: Math.min(largest * EXPANSION, first.key.endsWith('.parquet') ? HELD_BYTES_OF_COLUMNS : HELD_BYTES),
    onRestored: record => reading.remember(record, first),
    first: objects.reduce((least, { bounds }) => Math.min(least, bounds?.first ?? 0), Number.POSITIVE_INFINITY),
    last: objects.reduce((most, { bounds }) => Math.max(most, bounds?.last ?? Number.POSITIVE_INFINITY), 0),
    precedence: () => precedence,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
    read,
  }
}

async function* chainRecords(objects: readonly DumpedObject[], reading: Reading): AsyncGenerator<StoredRecord[]> {
  const byName = new Map(objects.map(object => [layoutObject(object), object]))
  const { findings } = reading.options
  yield* chained(
    [...byName.keys()],
    name => objectRecords(byName.get(name) as DumpedObject, reading),
    duplicates => {
      findings.duplicates += duplicates
    },
  )
}

/** Divides records into groups so that no two groups overlap, in the order of their offsets. */
function overlapping(parts: readonly SortedRecords[]): Group[] {
  const groups: Group[] = []
  for (const part of parts.toSorted((one, other) => one.first - other.first)) {
    const group = groups.at(-1)
    if (!group || part.first > group.last) groups.push({ parts: [part], last: part.last })
    else {
      group.parts.push(part)
      group.last = Math.max(group.last, part.last)
    }
  }
  return groups
}
