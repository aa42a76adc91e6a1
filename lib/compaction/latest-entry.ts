import type { CommittedObject, Plan } from '../commits/entry.ts'
import type { StoredRecord } from '../formats/format.ts'
import { committedRecords } from './committed-reading.ts'
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
 * may have been replaced by a later record of its key, whatever its timestamp says: producers set them, and their clocks differ.
 *
 * @returns why a record can't count as one that was there
 */
export async function differenceFromLatest(
  { records, partition }: Sought,
  { log, compaction }: UnitWork,
): Promise<string | undefined> {
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
          if (isReplaced(older, record)) records.delete(older.offset)
      }
    }
  }
  for (const { offset, value } of [...records.values()])
    if (value === null && compaction.keepLatest?.tombstones === 'drop') records.delete(offset)
  return undefined
}

const isReplaced = (older: StoredRecord, { offset, timestamp }: StoredRecord) =>
  offset >= older.offset && timestamp >= older.timestamp
