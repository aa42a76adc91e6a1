import { createCommitLog } from '../commits/commit-log.ts'
import type { Unit } from '../commits/entry.ts'
import { objectsAfter, stateAfter } from '../commits/log-state.ts'
import { unitsWithLog } from '../commits/log-units.ts'
import { holdsOffset, unite } from '../commits/offset-runs.ts'
import { asCodedError } from '../error.ts'
import { encodeSegment } from '../objects/segment.ts'
import type { ListedObject } from '../s3/store.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import { readStagedIndex } from '../staging/staged-index.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import { parseValueKey, valuesFolder } from './orphans-key.ts'
import { SAFE_MS } from './retention.ts'

/** What of a compaction is needed to find large values. */
export type ValuesPlace = Pick<Compaction, 'store' | 'keys' | 'prefix'>

type ReadPlace = Pick<ValuesPlace, 'store' | 'prefix'>

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
  /** Offsets of which it isn't known whether a record names a value: of damaged batches, and of objects that aren't the log's. */
  unsure: OffsetRuns
}

/**
 * Finds large values that no staged or committed record names any more: a newer record of the key has replaced theirs. Only staged
 * objects, names and the log are read.
 *
 * A value is an orphan only if the log has taken its record and no object can have it. Nothing is said of a record that the log
 * never took, as an object from before there was a log may have it, or the batch may still come; nor of a topic with an object
 * that is neither of the log nor has a name that tells its offsets.
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
  /** Keys of the objects that the logs' entries have made. */
  readonly made = new Set<string>()
  /** Topics with objects of which nothing is known. */
  readonly unsureTopics = new Set<string>()
  readonly #places = new Map<string, Known>()

  of(topic: string, partition: number | string): Known {
    const place = `${topic}/${partition}`
    const known = this.#places.get(place) ?? { naming: new Set(), taken: [], unsure: [] }
    this.#places.set(place, known)
    return known
  }

  /** Nothing is added afterwards. */
  settle(): void {
    for (const [place, { naming, taken, unsure }] of this.#places)
      this.#places.set(place, { naming, taken: unite(taken), unsure: unite(unsure) })
  }

  isOrphan({ topic, partition, offset }: Orphan): boolean {
    const { naming, taken, unsure } = this.of(topic, partition)
    const isTaken = holdsOffset(taken, offset) && !this.unsureTopics.has(topic)
    return isTaken && !naming.has(offset) && !holdsOffset(unsure, offset)
  }
}

/** Reads the indexes of staged objects; most names tell that there is no large value. @param below the folder that is read of it */
async function readStaged(folder: string, known: KnownValues, { store, prefix }: ReadPlace, below = ''): Promise<void> {
  const staging = stagingFolder(prefix)
  const own = staging.replace(/_staging\/$/, `${folder}/`)
  for await (const { key, size } of store.list(own + below)) {
    const name = parseStagedKey(prefix, staging + key.slice(own.length))
    if (!name || name.only) continue
    const { naming, unsure } = known.of(name.topic, name.partition)
    try {
      const index = await readStagedIndex({ key, name, size }, (start, end) => store.slice(key, start, end))
      for (const { large = [] } of index.frames) for (const offset of large) naming.add(offset)
    } catch (error) {
      const { code } = asCodedError(error)
      // One that is gone has become a part of an object, which the log will tell.
      if (code === 'STORE_OBJECT_MISSING') continue
      if (code !== 'STAGED_OBJECT_DAMAGED') throw error
      unsure.push([name.firstOffset, name.lastOffset - name.firstOffset + 1])
    }
  }
}

/** Reads every entry of a log: which offsets were taken, and which records of what is there now name large values. */
async function readLog(unit: Unit, known: KnownValues, { store, prefix }: ValuesPlace): Promise<void> {
  const log = createCommitLog(store, prefix, unit)
  const newest = await log.newest()
  // A batch that is missing may come again: its records name the values that are there.
  for (const { partition, offsets } of newest ? stateAfter(newest).missing : [])
    for (const run of offsets) known.of(unit.topic, partition).unsure.push(run)
  let isReplaced = false
  for await (const { sequence, kinds } of log.entries()) {
    const [plan, done] = [await log.plan(sequence), kinds.includes('done') ? await log.done(sequence) : undefined]
    for (const { partition, offsets, keep = offsets } of [...(plan?.inputs ?? []), ...(plan?.remaining ?? [])])
      for (const run of keep) known.of(unit.topic, partition).taken.push(run)
    for (const { key } of [...(plan?.outputs ?? []), ...(done?.outputs ?? [])]) known.made.add(key)
    if (isReplaced) continue
    for (const { large = {} } of done ? objectsAfter(done) : [])
      for (const [partition, offsets] of Object.entries(large))
        for (const offset of offsets) known.of(unit.topic, partition).naming.add(offset)
    isReplaced = done?.latest !== undefined
  }
}

/** An object that isn't the log's may have any record within its bounds, whose value it names. */
async function readVisible(topic: string, known: KnownValues, { store, keys, prefix }: ValuesPlace): Promise<void> {
  const root = prefix === '' ? '' : `${prefix}/`
  for await (const { key } of store.list(keys.folderOf(topic))) {
    const isHidden = key.startsWith('_', root.length) || key.startsWith('_', key.lastIndexOf('/') + 1)
    if (isHidden || known.made.has(key)) continue
    const name = keys.parse(key)
    if (name && name.topic !== topic) continue
    if (!name || name.firstOffset < 0 || name.partition === 'all') known.unsureTopics.add(topic)
    else known.of(topic, name.partition).unsure.push([name.firstOffset, name.lastOffset - name.firstOffset + 1])
  }
}

/**
 * Deletes orphans that are old enough for no batch to be under way that names them. Each is looked at again before, and so is
 * what is staged of its partition: a batch that is delivered again doesn't always write its values anew. What is staged within
 * the last request is compared with the log, which has newer records of the same keys.
 *
 * @returns the keys of those that were deleted
 */
export async function deleteOrphans(
  orphans: readonly Orphan[],
  place: Pick<Compaction, 'store' | 'prefix' | 'now'>,
): Promise<string[]> {
  const { store, now } = place
  const deleted: string[] = []
  for (const { key, topic, partition, offset } of orphans) {
    const known = new KnownValues()
    await readStaged('_staging', known, place, `${encodeSegment(topic)}/${partition}/`)
    const { naming, unsure } = known.of(topic, partition)
    if (naming.has(offset) || holdsOffset(unite(unsure), offset)) continue
    const held = await store.head(key)
    if (!held || held.modified + SAFE_MS > now()) continue
    await store.delete([key])
    deleted.push(key)
  }
  return deleted
}
