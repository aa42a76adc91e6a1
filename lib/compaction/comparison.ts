import { holdsOffset, intersect, unite } from '../commits/offset-runs.ts'
import { CodedError } from '../error.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { sourcesOf, takenUntil, type Whereabouts } from './committed-sources.ts'
import { differenceFromLatest } from './latest-entry.ts'
import { findLines, isOfTime } from './same-lines.ts'
import { type CommittedSource, findRecords, keepsOffsets, type Sought } from './same-records.ts'
import { readFrames, recordsOf } from './staged-reading.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** What a comparison says when an object that isn't the log's is gone meanwhile: it is adopted. */
export const VANISHED = 'an earlier object is no longer there'

/** Why the records of a late object can't count as those that are in objects already; undefined when they do. */
type Difference = string | undefined

/** What a comparison says about a late object. */
export interface Comparison {
  /** Why its records can't count as those that are in objects already; absent when they do, except for {@link absent}. */
  reason?: string
  /** Offsets that seemed to be in objects. No object has a record there, so they have to be taken. */
  absent: OffsetRuns
}

/**
 * Compares records of a late object with those that are in objects at the same offsets.
 *
 * @param covered the offsets of the records that are compared
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, and those of the store
 */
export async function compareWithCommitted(
  object: StagedObject,
  covered: OffsetRuns,
  where: Whereabouts,
  work: UnitWork,
): Promise<Comparison> {
  const { index, bodies } = await readFrames(object, undefined, work)
  const absent: OffsetRuns = []
  for (const [number, body] of bodies) {
    const frame = index.frames[number]
    const within = frame ? intersect(frame.offsets, covered) : []
    if (!frame || within.length === 0) continue
    const records = await recordsOf(index, frame, body, within)
    const { form, partition } = index
    const byOffset = new Map(records.map(record => [record.offset, record]))
    const sought = { form, partition, path: frame.path, frame, records: byOffset }
    const reason = await findAll(sought, within, where, work)
    if (reason) return { reason, absent: [] }
    for (const run of runsOf(sought.records.keys())) absent.push(run)
  }
  return { absent: unite(absent) }
}

/** @returns a difference; what no object has stays in `sought` */
async function findAll(sought: Sought, offsets: OffsetRuns, where: Whereabouts, work: UnitWork): Promise<Difference> {
  const sources = await Array.fromAsync(sourcesOf(sought, offsets, where, work))
  if (!keepsOffsets(sought.form) && !isOfTime(sought.frame, offsets, sources)) return 'its records are of another time'
  for (const source of sources) {
    if (sought.records.size === 0) return undefined
    const difference = await differenceFrom(source, sought, where, work)
    if (difference) return difference
  }
  if (sought.records.size > 0 && work.compaction.keepLatest) {
    const taken = await takenUntil(sought.partition, offsets, where)
    const difference = await differenceFromLatest(sought, { taken, uncertain: where.uncertain }, work)
    if (difference) return difference
  }
  if (mayBeAbsent(sought, sources, where)) return undefined
  if (work.compaction.keepLatest) return 'no newer records have replaced its records'
  return 'the objects that have its offsets don’t have its records'
}

/** Whether what wasn't found may be in no object. Lines don't tell whether an object has nothing or something else there. */
function mayBeAbsent({ form, records }: Sought, sources: CommittedSource[], { uncertain }: Whereabouts): boolean {
  if (records.size === 0) return true
  const areReadable = [{ form }, ...sources].every(source => keepsOffsets(source.form))
  return areReadable && records.keys().every(offset => holdsOffset(uncertain, offset))
}

async function differenceFrom(
  source: CommittedSource,
  sought: Sought,
  where: Whereabouts,
  work: UnitWork,
): Promise<Difference> {
  try {
    if (await hasSame(source, sought, where, work)) return undefined
    return `${source.key} has other records`
  } catch (error) {
    const { code } = error as CodedError
    if (!(error instanceof CodedError) || code !== 'STORE_OBJECT_MISSING') throw error
    return where.earlier.some(({ key }) => key === source.key) ? VANISHED : `${source.key} is no longer there`
  }
}

async function hasSame(source: CommittedSource, sought: Sought, { reader }: Whereabouts, { compaction }: UnitWork) {
  if (keepsOffsets(sought.form) && keepsOffsets(source.form)) return await findRecords(sought, source, reader)
  // Nothing can be said of lines that were made in another way, nor is anything found.
  return source.form.format !== sought.form.format || (await findLines(sought, source, compaction))
}
