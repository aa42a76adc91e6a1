import pMap from 'p-map'
import { endingStore } from '../commits/ending-store.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { ObjectName } from '../objects/key.ts'
import { isRedriven } from '../objects/redriven.ts'
import type { HeldObject, ListedObject } from '../s3/store.ts'
import { assertSame, copyOf } from './adopt-copy.ts'
import { moveOriginal, removeMoved } from './adopt-moved.ts'
import {
  type Adoption,
  type AdoptionReport,
  isOfOneObject,
  type OriginalObject,
  originals,
  readOriginal,
  unlessMissing,
} from './adopt-original.ts'
import { createCopy, stageCopy, stageInterrupted } from './adopt-place.ts'
import type { Compaction } from './compaction.ts'

/** Objects that are adopted at the same time: each is in memory, and decoded. */
const AT_ONCE = 4

/**
 * Bytes of an original at most. Its copy becomes one frame, which compaction reads whole, some at the same time, in a function of
 * 1 GiB. Larger objects are no worse for readers than those that compaction makes.
 */
const MAX_ORIGINAL = 64 * 1024 * 1024

/**
 * Stages the objects that a dump without rotation left, so that compaction makes larger ones of them. Each copy is compared with
 * its original, record by record, before the original is deleted, and is staged afterwards: a reader misses its records until
 * they are compacted, and never sees one twice.
 *
 * To another prefix, originals stay until compaction has made new objects and these have their records: run it again to remove
 * them.
 *
 * May be interrupted anywhere, and run again. Must not run while a dump without rotation still writes to the prefix, nor twice at
 * the same time: the second worker could delete an object that compaction has made under an original's key meanwhile. Each looks
 * at the object before, and sends nothing after its end, so that takes one that slept between two requests.
 *
 * @throws CodedError those of the store and the log
 */
export async function adopt(given: Compaction, adoption: Adoption): Promise<AdoptionReport> {
  const { time } = adoption
  const isOver = () => time.signal?.aborted === true || given.now() >= time.end
  const compaction = { ...given, store: endingStore(given.store, isOver) }
  const report: AdoptionReport = { adopted: 0, bytes: 0, removed: 0, committed: 0, left: [], unfinished: false }
  try {
    await adoptAll(compaction, adoption, report)
  } catch (error) {
    if (asCodedError(error).code !== 'OUT_OF_TIME') throw error
    report.unfinished = true
  }
  // Some are looked at side by side: the order in which they end says nothing to a reader.
  report.left.sort((a, b) => (a.key < b.key ? -1 : 1))
  return report
}

async function adoptAll(compaction: Compaction, adoption: Adoption, report: AdoptionReport): Promise<void> {
  const { time, dryRun = false, onProgress = () => {} } = adoption
  const to = adoption.to?.prefix === compaction.prefix ? undefined : adoption.to
  if (!to && !dryRun) report.adopted += await stageInterrupted(compaction.store, compaction.prefix)
  if (to && !dryRun) await removeMoved(compaction, { ...adoption, to }, report)
  const each = async (object: ListedObject) => {
    report.unfinished ||= compaction.now() >= time.deadline || time.signal?.aborted === true
    if (report.unfinished || (await isOther(object, compaction, report))) return
    try {
      await adoptOne(object, compaction, { to, dryRun }, report)
    } catch (error) {
      if (!isOfOneObject(error)) throw error
      report.left.push({ key: object.key, reason: asCodedError(error).message })
    }
    onProgress(report)
  }
  await pMap(originals(compaction, adoption.topics), each, { concurrency: AT_ONCE })
}

/** Whether the object isn't one of an earlier dump, by its name and its metadata. */
async function isOther(object: ListedObject, compaction: Compaction, report: AdoptionReport): Promise<boolean> {
  const { key, size } = object
  const reason = reasonToLeave(key, compaction)
  if (reason) report.left.push({ key, reason })
  if (reason) return true
  const { partition, made } = compaction.keys.parse(key) as ObjectName
  const held = partition === 'all' ? undefined : await compaction.store.head(key)
  // Compaction has made it, or another worker has adopted it. A redrive's object has a sequence in its name as well.
  const isMade = made !== undefined && (!held || !isRedriven(held.metadata))
  const isCommitted = partition === 'all' || isMade || held?.metadata.plan !== undefined
  if (isCommitted) report.committed += 1
  if (isCommitted || !held) return true
  const obstacle = reasonNotToTake(size, held)
  if (obstacle) report.left.push({ key, reason: obstacle })
  return obstacle !== undefined
}

function reasonNotToTake(size: number, { metadata }: HeldObject): string | undefined {
  if (size > MAX_ORIGINAL) return 'it has more than 64 MiB, as much as compaction takes at once'
  const isEmpty = isRedriven(metadata) && metadata['record-count'] === '0'
  return isEmpty ? 'it has no records: those that its redrive planned were gone, or failed again' : undefined
}

function reasonToLeave(key: string, { keys }: Compaction): string | undefined {
  const name = keys.parse(key)
  if (!name) return 'its key is none that the settings give'
  return name.digest === undefined ? undefined : 'its records have no offsets, by which compaction tells them apart'
}

async function adoptOne(
  { key, size }: ListedObject,
  compaction: Compaction,
  { to, dryRun }: { to?: Compaction; dryRun: boolean },
  report: AdoptionReport,
): Promise<void> {
  if (!dryRun) {
    const original = await readOriginal(key, compaction)
    if (!original) return
    if (to) await moveOriginal(original, compaction, to)
    else {
      await adoptInPlace(original, compaction)
      report.removed += 1
    }
  }
  report.adopted += 1
  report.bytes += size
}

async function adoptInPlace(original: OriginalObject, { store, prefix, format }: Compaction): Promise<void> {
  const { key, etag } = original
  const copy = await copyOf(original, { prefix, format })
  const place = await createCopy(store, prefix, key, copy)
  const held = await unlessMissing(store.get(place))
  // Another worker has adopted it.
  if (!held) return
  await assertSame(key, copy.key, held, { prefix, records: copy.records })
  const now = await store.head(key)
  // Another worker may have adopted it, and compaction made an object with the same records, name and bytes.
  if (now && (now.etag !== etag || now.metadata.plan !== undefined))
    throw new CodedError('STORE_OBJECT_DIFFERS', `${key} has changed while it was adopted: something else writes it`)
  await store.delete([key])
  await stageCopy(store, prefix, place)
}
