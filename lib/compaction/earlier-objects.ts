import type { Unit } from '../commits/entry.ts'
import { intersect } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import type { UnitWork } from './unit-work.ts'

/** An object that a dump without rotation left, as its key tells. */
export interface EarlierObject {
  key: string
  size: number
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
  for await (const { key, size } of store.list(keys.folderOf(topic))) {
    const name = keys.parse(key)
    if (name?.topic !== topic || name.firstOffset < 0) continue
    const { partition, path, firstOffset, lastOffset } = name
    if (partition === 'all' || (own !== 'all' && partition !== own)) continue
    yield { key, size, partition, path, bounds: [[firstOffset, lastOffset - firstOffset + 1]] }
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

/** Those that may have some of these offsets of a partition. What the log's entries made isn't among them. */
export async function earlierWith(partition: number, offsets: OffsetRuns, work: UnitWork): Promise<EarlierObject[]> {
  const found: EarlierObject[] = []
  for await (const object of listEarlier(work.unit, work.compaction)) {
    const isWithin = object.partition === partition && intersect(object.bounds, offsets).length > 0
    if (isWithin && !(await isMadeByEntry(object.key, work))) found.push(object)
  }
  return found
}

async function isMadeByEntry(key: string, { compaction, log }: UnitWork): Promise<boolean> {
  const { plan: sequence } = (await compaction.store.head(key))?.metadata ?? {}
  const plan = sequence === undefined ? undefined : await log.plan(Number(sequence))
  return plan?.outputs.some(output => output.key === key) ?? false
}
