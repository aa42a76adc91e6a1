import type { CommittedObject, Plan } from '../commits/entry.ts'
import { holdsOffset } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { committedRecords } from './committed-reading.ts'
import { AHEAD_MS } from './committed-sources.ts'
import { planLatest, presentObjects } from './latest-plan.ts'
import { identityOf, isWithin, sliceOf } from './latest-slice.ts'
import { extensionOf, formOfExtension } from './object-form.ts'
import type { KeepLatest } from './rotation.ts'
import { isSame, type Sought } from './same-records.ts'
import type { UnitWork } from './unit-work.ts'

/**
 * A plan of which only the newest record of each key is kept: instead of outputs of its frames, it has those that replace what
 * is there.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, and those of the store
 */
export async function keepingLatest(plan: Plan, keepLatest: KeepLatest, work: UnitWork): Promise<Plan> {
  if (plan.outputs.length === 0) return plan
  const frames = plan.outputs.flatMap(output => output.frames)
  const { latest, replaced } = await planLatest({ inputs: plan.inputs, frames }, keepLatest, work)
  return { ...plan, outputs: [], latest, replaced }
}

/**
 * Looks for records where only the newest of each key is kept, and takes those that it finds from `sought`. One that isn't there
 * may have been replaced by a later record of its key: by its offset, as the clocks of producers differ. Where tombstones are
 * dropped, its key may have been deleted. A recreated topic shows by other bytes at an offset that is there,
 * or by records that are younger than what was taken at their offsets.
 *
 * @param taken when records with these offsets were staged, at the latest
 * @param uncertain offsets that may be in no object
 * @returns why a record can't count as one that was there
 */
export async function differenceFromLatest(
  { records, partition }: Sought,
  { taken, uncertain }: { taken: number; uncertain: OffsetRuns },
  { log, compaction }: UnitWork,
): Promise<string | undefined> {
  if (records.values().some(({ timestamp }) => timestamp > taken + AHEAD_MS)) return 'its records are of another time'
  const { latest, others } = await presentObjects(log)
  const byKey = Map.groupBy(records.values(), identityOf)
  const slices = new Set(records.values().map(sliceOf))
  const mayHold = (object: CommittedObject & { slices?: [number, number] }) => {
    const { slices: range } = object
    return range === undefined || slices.values().some(slice => isWithin(slice, range))
  }
  for (const { key } of [...latest.objects, ...others].filter(mayHold)) {
    const form = formOfExtension(extensionOf(key), compaction.format)
    // What was deleted meanwhile has no record to compare with.
    if (!(await compaction.store.head(key))) continue
    for await (const found of committedRecords(key, form, compaction)) {
      for (const record of found.filter(one => one.partition === partition)) {
        const own = records.get(record.offset)
        if (own && !isSame(own, record, false)) return `${key} has other records`
        for (const older of byKey.get(identityOf(record)) ?? [])
          if (record.offset >= older.offset) records.delete(older.offset)
      }
    }
  }
  if (compaction.keepLatest?.tombstones === 'drop')
    for (const offset of [...records.keys()]) if (!holdsOffset(uncertain, offset)) records.delete(offset)
  return undefined
}
