import { createCommitLog } from '../commits/commit-log.ts'
import type { Unit } from '../commits/entry.ts'
import { holdsOffset, unite } from '../commits/offset-runs.ts'
import { asCodedError } from '../error.ts'
import type { ListedObject } from '../s3/store.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import { readStagedIndex } from '../staging/staged-index.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import { parseValueKey, valuesFolder } from './orphans-key.ts'
import { SAFE_MS } from './retention.ts'
import { unitsWithLog } from './retention-units.ts'

/** What of a compaction is needed to find large values. */
export type ValuesPlace = Pick<Compaction, 'store' | 'keys' | 'prefix'>

/** A large value that no record names. */
export interface Orphan extends ListedObject {
  topic: string
  partition: number
  offset: number
}

/** What is known of a topic-partition. */
interface Known {
  /** Offsets of records that name a large value. */
  naming: Set<number>
  /** Offsets that entries of the log have taken. */
  taken: OffsetRuns
  /** Offsets that may be in objects that the log doesn't know. */
  visible: OffsetRuns
  /** Offsets of staged objects that can't be read. */
  damaged: OffsetRuns
}

/**
 * Finds large values that no staged or committed record names: a newer record of the key has replaced theirs, or the batch that
 * they were written for never came. Only staged objects, names and the log are read. A value whose record may be in an object
 * that the log doesn't know is no orphan.
 *
 * Values are listed first, then what is staged, then the log: what moves on meanwhile is seen at least once.
 *
 * @throws CodedError those of the log and the store
 */
export async function findOrphans(compaction: ValuesPlace): Promise<Orphan[]> {
  const { store, keys } = compaction
  const values: Orphan[] = []
  for await (const object of store.list(valuesFolder(keys))) {
    const place = parseValueKey(keys, object.key)
    if (place) values.push({ ...object, ...place })
  }
  if (values.length === 0) return []
  const known = new KnownValues()
  for (const folder of STAGED_FOLDERS) await readStaged(folder, known, compaction)
  for await (const unit of unitsWithLog(store, compaction.prefix)) await readLog(unit, known, compaction)
  const topics = new Set(values.map(({ topic }) => topic))
  for (const topic of topics) await readVisible(topic, known, compaction)
  known.settle()
  return values.filter(value => known.isOrphan(value))
}

/** Folders of staged objects: those that wait, those that were put aside, and copies of objects that are adopted. */
const STAGED_FOLDERS = ['_staging', '_quarantine', '_adopting']

/** What was found out about the large values of each topic-partition. */
class KnownValues {
  readonly #places = new Map<string, Known>()

  of(topic: string, partition: number | string): Known {
    const place = `${topic}/${partition}`
    const known = this.#places.get(place) ?? { naming: new Set(), taken: [], visible: [], damaged: [] }
    this.#places.set(place, known)
    return known
  }

  /** Nothing is added afterwards. */
  settle(): void {
    for (const [place, { naming, taken, visible, damaged }] of this.#places)
      this.#places.set(place, { naming, taken: unite(taken), visible: unite(visible), damaged: unite(damaged) })
  }

  isOrphan({ topic, partition, offset }: Orphan): boolean {
    const { naming, taken, visible, damaged } = this.of(topic, partition)
    const isElsewhere = !holdsOffset(taken, offset) && holdsOffset(visible, offset)
    return !naming.has(offset) && !isElsewhere && !holdsOffset(damaged, offset)
  }
}

/** Reads the indexes of staged objects; most names tell that there is no large value. */
async function readStaged(folder: string, known: KnownValues, { store, prefix }: ValuesPlace): Promise<void> {
  const staging = stagingFolder(prefix)
  const own = staging.replace(/_staging\/$/, `${folder}/`)
  for await (const { key, size } of store.list(own)) {
    const name = parseStagedKey(prefix, staging + key.slice(own.length))
    if (!name || name.only) continue
    const { naming, damaged } = known.of(name.topic, name.partition)
    try {
      const index = await readStagedIndex({ key, name, size }, (start, end) => store.slice(key, start, end))
      for (const { large = [] } of index.frames) for (const offset of large) naming.add(offset)
    } catch (error) {
      const { code } = asCodedError(error)
      // One that is gone has become a part of an object, which the log will tell.
      if (code === 'STORE_OBJECT_MISSING') continue
      if (code !== 'STAGED_OBJECT_DAMAGED') throw error
      damaged.push([name.firstOffset, name.lastOffset - name.firstOffset + 1])
    }
  }
}

/** Reads every entry of a log: which offsets were taken, and which records of what is there now name large values. */
async function readLog(unit: Unit, known: KnownValues, { store, prefix }: ValuesPlace): Promise<void> {
  const log = createCommitLog(store, prefix, unit)
  let isReplaced = false
  for await (const { sequence, kinds } of log.entries()) {
    const [plan, done] = [await log.plan(sequence), kinds.includes('done') ? await log.done(sequence) : undefined]
    for (const { partition, offsets, keep = offsets } of [...(plan?.inputs ?? []), ...(plan?.remaining ?? [])])
      known.of(unit.topic, partition).taken.push(...keep)
    if (isReplaced) continue
    for (const { large = {} } of done?.latest?.objects ?? done?.outputs ?? [])
      for (const [partition, offsets] of Object.entries(large))
        for (const offset of offsets) known.of(unit.topic, partition).naming.add(offset)
    isReplaced = done?.latest !== undefined
  }
}

/** Of an offset that no entry has taken, an object that a dump without rotation wrote may have the record. */
async function readVisible(topic: string, known: KnownValues, { store, keys }: ValuesPlace): Promise<void> {
  for await (const { key } of store.list(keys.folderOf(topic))) {
    const name = keys.parse(key)
    if (name?.topic !== topic || name.firstOffset < 0 || name.partition === 'all') continue
    known.of(topic, name.partition).visible.push([name.firstOffset, name.lastOffset - name.firstOffset + 1])
  }
}

/**
 * Deletes orphans that are old enough for no batch to be under way that names them. Each is looked at again before.
 *
 * @returns the keys of those that were deleted
 */
export async function deleteOrphans(
  orphans: readonly Orphan[],
  { store, now }: Pick<Compaction, 'store' | 'now'>,
): Promise<string[]> {
  const deleted: string[] = []
  for (const { key } of orphans) {
    const held = await store.head(key)
    if (!held || held.modified + SAFE_MS > now()) continue
    await store.delete([key])
    deleted.push(key)
  }
  return deleted
}
