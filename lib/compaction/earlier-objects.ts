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

/** The objects of a topic, with what their names say. */
async function* listNamed(topic: string, { store, keys }: Compaction) {
  for await (const { key, size, modified } of store.list(keys.folderOf(topic))) {
    const name = keys.parse(key)
    if (name?.topic === topic) yield { key, size, modified, name }
  }
}

/** The objects of a unit that a dump without rotation left, by one listing of the topic's objects. */
async function* listEarlier({ topic, partition: own }: Unit, compaction: Compaction): AsyncGenerator<EarlierObject> {
  for await (const { key, size, modified, name } of listNamed(topic, compaction)) {
    const { partition, path, firstOffset, lastOffset } = name
    if (partition === 'all' || firstOffset < 0 || (own !== 'all' && partition !== own)) continue
    yield { key, size, modified, partition, path, bounds: [[firstOffset, lastOffset - firstOffset + 1]] }
  }
}

/** What is there before a unit's log begins. */
export interface Earlier {
  /** By partition, the offset behind everything that objects have by their names. */
  positions: Record<string, number>
  /** The highest sequence of an entry that a name tells; -1 when none does. */
  sequence: number
}

/** Looks at what a dump without rotation left, or a log that is gone. */
export async function whatIsThere({ topic, partition: own }: Unit, compaction: Compaction): Promise<Earlier> {
  const positions: Record<string, number> = {}
  let sequence = -1
  for await (const { name } of listNamed(topic, compaction)) {
    const { partition, lastOffset, made } = name
    if (partition === own && made) sequence = Math.max(sequence, made.sequence)
    if (partition !== 'all' && lastOffset >= 0 && (own === 'all' || partition === own))
      positions[partition] = Math.max(positions[partition] ?? 0, lastOffset + 1)
  }
  return { positions, sequence }
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
