import type { Coverage, CoverageLookup } from '../commits/coverage.ts'
import type { Plan, PlannedInput, PlannedOutput } from '../commits/entry.ts'
import { effectiveOffsets } from '../commits/log-state.ts'
import { intersect } from '../commits/offset-runs.ts'
import { CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formDigest } from '../staging/form.ts'
import type { OffsetRuns, StagedIndex } from '../staging/staged-object.ts'
import type { CommittedReader } from './committed-reading.ts'
import type { EarlierObject } from './earlier-objects.ts'
import { differenceFromLatest } from './latest-entry.ts'
import { extensionOf, formOfExtension } from './object-form.ts'
import { type CommittedSource, findRecords, type Sought } from './same-records.ts'
import { readFrames, recordsOf } from './staged-reading.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** Where the records of a late object may be. */
export interface Whereabouts {
  coverage: Coverage
  lookup: CoverageLookup
  /** Objects that a dump without rotation left. */
  earlier: EarlierObject[]
  reader: CommittedReader
}

/** What a comparison says when an object that isn't the log's is gone meanwhile: it is adopted. */
export const VANISHED = 'an earlier object is no longer there'

/** Why the records of a late object can't count as those that are in objects already; undefined when they do. */
export type Difference = string | undefined

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
): Promise<Difference> {
  const { index, bodies } = await readFrames(object, undefined, work)
  for (const [number, body] of bodies) {
    const frame = index.frames[number]
    const within = frame ? intersect(frame.offsets, covered) : []
    if (!frame || within.length === 0) continue
    const records = await recordsOf(index, frame, body, within)
    const sought = soughtRecords(records, index)
    const difference = await findAll(sought, { path: frame.path, offsets: within }, where, work)
    if (difference) return difference
  }
  return undefined
}

function soughtRecords(records: StoredRecord[], { form, partition }: StagedIndex): Sought {
  return { form, partition, records: new Map(records.map(record => [record.offset, record])) }
}

/** A path depends on its record alone, so the same records are in objects of the same path. */
interface SoughtFrame {
  path?: string
  offsets: OffsetRuns
}

async function findAll(sought: Sought, frame: SoughtFrame, where: Whereabouts, work: UnitWork): Promise<Difference> {
  for await (const source of sourcesOf(sought, frame, where, work)) {
    if (sought.records.size === 0) return undefined
    try {
      if (!(await findRecords(sought, source, where.reader, work.compaction))) return `${source.key} has other records`
    } catch (error) {
      const { code } = error as CodedError
      const isGone = error instanceof CodedError && code === 'STORE_OBJECT_MISSING'
      if (isGone)
        return where.earlier.some(({ key }) => key === source.key) ? VANISHED : `${source.key} is no longer there`
      throw error
    }
  }
  if (sought.records.size === 0) return undefined
  if (work.compaction.keepLatest) return await differenceFromLatest(sought, work)
  return 'the objects that have its offsets don’t have its records'
}

/** The objects in which the records can be. */
async function* sourcesOf(
  { form, partition }: Sought,
  { path, offsets }: SoughtFrame,
  { coverage, lookup, earlier }: Whereabouts,
  { log, compaction }: UnitWork,
): AsyncGenerator<CommittedSource> {
  const digest = formDigest(form)
  const sourceOf = (key: string, isSameForm: boolean) => ({
    key,
    isSameForm,
    form: formOfExtension(extensionOf(key), form),
  })
  for (const object of earlier) if (object.path === path) yield sourceOf(object.key, false)
  const [first] = coverage.entries
  // Where only the newest records are kept, no entry tells which object has a record.
  if (first === undefined || compaction.keepLatest) return
  // An input's frames may have waited for a later entry than the one that took it.
  for (let sequence = first; sequence <= lookup.newest; sequence++) {
    const plan = await lookup.plan(sequence)
    const outputs =
      plan?.outputs.filter(output => output.path === path && holdsSome(output, plan, partition, offsets)) ?? []
    const done = outputs.length > 0 ? await log.done(sequence) : undefined
    for (const output of outputs)
      if (done?.outputs.some(({ key }) => key === output.key)) yield sourceOf(output.key, output.form === digest)
  }
}

/** Whether an output has frames of inputs with some of these offsets. */
function holdsSome({ frames }: PlannedOutput, { inputs }: Plan, partition: number, offsets: OffsetRuns): boolean {
  const has = (input: PlannedInput | undefined) =>
    input?.partition === partition && intersect(effectiveOffsets(input), offsets).length > 0
  return frames.some(([input]) => has(inputs[input]))
}
