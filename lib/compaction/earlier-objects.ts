import type { Unit } from '../commits/entry.ts'
import { intersect, unite } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import type { UnitWork } from './unit-work.ts'

/** An object that a dump without rotation left, as its key tells. */
export interface EarlierObject {
  key: string
  size: number
  /** When it was written, by the store's clock, in milliseconds since the epoch. */
  modified: number
  partition: number
  path?: string
  /** From the first to the last offset: which of these it has isn't known. */
  bounds: OffsetRuns
}

/** The objects of a unit that a dump without rotation left, by one listing of the topic's objects. */
export async function* listEarlier(
  { topic, partition: own }: Unit,
  { store, keys }: Compaction,
): AsyncGenerator<EarlierObject> {
  for await (const { key, size, modified } of store.list(keys.folderOf(topic))) {
    const name = keys.parse(key)
    if (name?.topic !== topic || name.firstOffset < 0) continue
    const { partition, path, firstOffset, lastOffset } = name
    if (partition === 'all' || (own !== 'all' && partition !== own)) continue
    yield { key, size, modified, partition, path, bounds: [[firstOffset, lastOffset - firstOffset + 1]] }
  }
}

/** By partition, the offset behind everything that a dump without rotation left. */
export async function earlierPositions(unit: Unit, compaction: Compaction): Promise<Record<string, number>> {
  const positions: Record<string, number> = {}
  for await (const { partition, bounds } of listEarlier(unit, compaction)) {
    const [[first, count] = [0, 0]] = bounds
    positions[partition] = Math.max(positions[partition] ?? 0, first + count)
  }
  return positions
}

/** Offsets of a partition. */
export interface PartitionOffsets {
  partition: number
  offsets: OffsetRuns
}

/** Those that may have some of these offsets, by one listing. What the log's entries made isn't among them. */
export async function earlierWith(wanted: PartitionOffsets[], work: UnitWork): Promise<EarlierObject[]> {
  const byPartition = Map.groupBy(wanted, ({ partition }) => partition)
  const runs = new Map(
    byPartition.entries().map(([partition, some]) => [partition, unite(some.flatMap(one => one.offsets))]),
  )
  const found: EarlierObject[] = []
  for await (const object of listEarlier(work.unit, work.compaction)) {
    const isWanted = intersect(object.bounds, runs.get(object.partition) ?? []).length > 0
    if (isWanted && !(await isMadeByEntry(object.key, work))) found.push(object)
  }
  return found
}

async function isMadeByEntry(key: string, { compaction, log }: UnitWork): Promise<boolean> {
  const { plan: sequence } = (await compaction.store.head(key))?.metadata ?? {}
  const plan = sequence === undefined ? undefined : await log.plan(Number(sequence))
  return plan?.outputs.some(output => output.key === key) ?? false
}
