import type { ObjectKeys, ObjectName } from '../objects/key.ts'
import type { ListedObject } from '../s3/store.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { type InventoryPlace, waitingLines } from './inventory.ts'
import type { InventoryLine, TotalLine } from './inventory-line.ts'

/** Tells which offsets an object has, where its name doesn't say. Undefined: all between the first and the last one of its name. */
export type OffsetsOf = (key: string, name: ObjectName) => Promise<OffsetRuns | undefined>

/** Offsets that an object has, without a gap. */
interface Bounds {
  path?: string
  first: number
  last: number
}

/** The objects of a topic-partition, in the order in which they are listed. */
interface Listed {
  topic: string
  partition: number | 'all'
  objects: number
  bytes: number
  bounds: Bounds[]
}

/**
 * What a connector without rotation has in its objects, by listing them. Gaps and overlaps are those of the names: a gap is an
 * offset within the bounds of no object, an overlap one within those of two objects of a folder.
 *
 * @param offsetsOf is asked for the offsets of each object whose name has a sequence
 */
export async function* listedInventory(
  place: InventoryPlace,
  keys: ObjectKeys,
  offsetsOf: OffsetsOf,
): AsyncGenerator<InventoryLine> {
  const { store, prefix, topic } = place
  const total: TotalLine = { type: 'total', objects: 0, bytes: 0, staged: 0, stagedBytes: 0, quarantined: 0 }
  const units = new Map<string, Listed>()
  const folder = prefix === '' ? '' : `${prefix}/`
  for await (const object of store.list(topic === undefined ? folder : keys.folderOf(topic))) {
    const name = keys.parse(object.key)
    if (!name || (topic !== undefined && name.topic !== topic)) continue
    total.objects++
    total.bytes += object.size
    yield lineOf(object, name)
    addTo(units, object, name, name.made ? await offsetsOf(object.key, name) : undefined)
  }
  for (const unit of units.values()) yield* unitLines(unit)
  yield* waitingLines(place, total)
  yield total
}

function lineOf({ key, size, modified }: ListedObject, name: ObjectName): InventoryLine {
  const { topic, partition, path, firstOffset, lastOffset } = name
  return { type: 'object', topic, partition, key, path, firstOffset, lastOffset, bytes: size, written: modified }
}

function addTo(units: Map<string, Listed>, { size }: ListedObject, name: ObjectName, runs?: OffsetRuns) {
  const { topic, partition, path, firstOffset, lastOffset } = name
  const id = `${topic}/${partition}`
  const unit = units.get(id) ?? { topic, partition, objects: 0, bytes: 0, bounds: [] }
  unit.objects += 1
  unit.bytes += size
  if (!runs) unit.bounds.push({ path, first: firstOffset, last: lastOffset })
  for (const [first, count] of runs ?? []) unit.bounds.push({ path, first, last: first + count - 1 })
  units.set(id, unit)
}

function* unitLines({ topic, partition, objects, bytes, bounds }: Listed): Generator<InventoryLine> {
  let missing = 0
  // Objects without offsets, and those of all partitions, say nothing of gaps.
  const known =
    partition === 'all' ? [] : bounds.filter(({ first }) => first >= 0).toSorted((a, b) => a.first - b.first)
  const ends = new Map<string | undefined, number>()
  let end = known[0]?.first ?? 0
  for (const { path, first, last } of known) {
    const place = { topic, partition: partition as number }
    if (first > end) {
      missing += first - end
      yield { type: 'gap', ...place, firstOffset: end, lastOffset: first - 1 }
    }
    const before = ends.get(path) ?? 0
    if (first < before)
      yield { type: 'overlap', ...place, firstOffset: first, lastOffset: Math.min(last + 1, before) - 1 }
    ends.set(path, Math.max(before, last + 1))
    end = Math.max(end, last + 1)
  }
  yield { type: 'unit', topic, partition, objects, bytes, missing }
}
