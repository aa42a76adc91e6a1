import type { KafkaRecord } from '../../../lib/record.ts'
import { STAGING_FOLDER } from '../../../lib/staging/name.ts'
import { LAW, type Laws, placeOf, Violation } from './laws.ts'
import type { Scenario } from './scenario.ts'
import { type Batch, idOf, incarnationOf, type Source } from './source.ts'
import type { SimulatedStore } from './store.ts'

/** What has to hold when everything is quiet. @throws Violation */
export function assertAllThere({ source, keepLatest }: Scenario, store: SimulatedStore, laws: Laws): void {
  const staged = store.keys(`${STAGING_FOLDER}/`)
  if (staged.length > 0) throw new Violation(LAW.there, `still staged: ${staged}`)
  const disputed = disputedRecords(source)
  for (const id of source.records.keys()) {
    if (laws.visible.get(id) || laws.damaged.has(id)) continue
    if (keepLatest && isSuperseded(id, source, laws)) continue
    const isQuarantined = (laws.held.get(id) ?? 0) > 0
    if (!isQuarantined) throw new Violation(LAW.there, `${id} is nowhere`)
    if (!disputed.has(id)) throw new Violation(LAW.there, `${id} is in quarantine without a reason`)
  }
}

/**
 * Records of batches of which another record has a place, in a topic that was created again: such a batch is put aside whole. So is
 * one with a place between the bounds of an object of an earlier dump, which has all records of its topic there.
 */
function disputedRecords({ records, earlier, batches }: Source): Set<string> {
  const places = Map.groupBy(records.values(), placeOf)
  const isDisputed = (record: KafkaRecord) =>
    (places.get(placeOf(record))?.length ?? 0) > 1 || earlier.some(batch => isWithin(record, batch))
  const all = [...earlier, ...batches]
  return new Set(all.filter(batch => batch.some(isDisputed)).flatMap(batch => batch.map(idOf)))
}

/** Whether a record of another incarnation lies between the bounds of a batch. */
function isWithin(record: KafkaRecord, batch: Batch): boolean {
  const [first, last] = [batch[0], batch.at(-1)]
  if (!first || !last || first.partition !== record.partition) return false
  const isBetween = first.offset <= record.offset && record.offset <= last.offset
  return isBetween && incarnationOf(idOf(first)) !== incarnationOf(idOf(record))
}

/** Whether a later record of the same key is there, wherever it is just now. */
export function isSuperseded(id: string, { records }: Source, { held, damaged }: Laws): boolean {
  const record = records.get(id)
  return records
    .values()
    .some(
      other =>
        other.offset > (record?.offset ?? 0) &&
        other.key?.toString() === record?.key?.toString() &&
        ((held.get(idOf(other)) ?? 0) > 0 || damaged.has(idOf(other))),
    )
}
