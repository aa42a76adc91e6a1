import { randomUUID } from 'node:crypto'
import type { Gap, LatestPlan, Plan, ReplacedObject } from '../commits/entry.ts'
import type { StoredRecord } from '../formats/format.ts'
import { objectExtension } from '../formats/index.ts'
import { formDigest } from '../staging/form.ts'
import type { Compaction } from './compaction.ts'
import { mergeByOffset } from './latest-merge.ts'
import { assertUnchanged, readReplaced } from './latest-read.ts'
import { isWithin, overlap, type SliceRange, sliceOf } from './latest-slice.ts'
import type { Survivors } from './latest-survivors.ts'
import { LatestWriter, type WrittenObject } from './latest-writer.ts'
import { createPiece, type HiddenOutput, type HiddenPiece, hiddenKey } from './replace-hidden.ts'
import type { UnitWork } from './unit-work.ts'

/** How long a tombstone stays: the default of Kafka's `delete.retention.ms`. Source: Apache Kafka, "Topic Configs". */
const TOMBSTONE_MS = 24 * 60 * 60 * 1000

/** What pieces are made for. */
export interface LatestMaking {
  plan: Plan
  gap?: Gap
  latest: LatestPlan
  replaced: readonly ReplacedObject[]
  /** Of everything that is hidden. */
  folder: string
  work: UnitWork
}

/**
 * Writes the newest records of some slices into hidden objects: those that the slices' objects have, unless there is a newer
 * one, and the new ones.
 *
 * @param range within one of the plan's ranges
 * @throws Overtaken, CodedError
 */
export async function makePiece(making: LatestMaking, survivors: Survivors, range: SliceRange): Promise<HiddenPiece> {
  const { plan, latest, replaced, folder } = making
  const { compaction } = making.work
  const older = replaced.filter(({ slices }) => slices && overlap(slices, range))
  await removeLate(survivors, older, range, compaction)
  const extension = objectExtension(latest.form.format, latest.form.compression)
  const worker = randomUUID()
  const writer = await LatestWriter.create({
    store: compaction.store,
    plan: plan.sequence,
    latest,
    keyOf: index => hiddenKey(folder, range[0], index, worker, extension),
    check: () => assertUnchanged(older, compaction),
  })
  try {
    for await (const record of newestOf(survivors, older, range, compaction))
      if (!isDropped(record, plan)) await writer.add(record)
    const outputs = (await writer.end()).map(object => hiddenOutput(object, making, { range, extension }))
    await assertUnchanged(older, compaction)
    const [from, to] = range
    return await createPiece(compaction.store, folder, plan.sequence, { schema: 1, from, to, outputs })
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/**
 * Removes new records that came late: an object has a newer one of their key already. Only then are the objects read twice,
 * because a record has to be left out before the newer one is reached.
 */
async function removeLate(survivors: Survivors, older: ReplacedObject[], range: SliceRange, compaction: Compaction) {
  const [first] = survivors.within(range)
  if (!first) return
  for (const object of older.filter(({ lastOffset }) => lastOffset >= first.offset))
    for await (const records of readReplaced(object, compaction))
      for (const record of records) survivors.removeUnlessNewer(record)
}

function newestOf(survivors: Survivors, older: ReplacedObject[], range: SliceRange, compaction: Compaction) {
  const stays = (record: StoredRecord) => isWithin(sliceOf(record), range) && !survivors.isSuperseded(record)
  const ofObject = (object: ReplacedObject) => ({
    firstOffset: object.firstOffset,
    async *read() {
      for await (const records of readReplaced(object, compaction)) yield records.filter(stays)
    },
  })
  const added = survivors.within(range)
  const ofNew = {
    firstOffset: added[0]?.offset ?? Number.POSITIVE_INFINITY,
    async *read() {
      yield added
    },
  }
  return mergeByOffset([...older.map(ofObject), ofNew])
}

/** Whether the record is a tombstone that has done its work: no object that waits can have an older record of its key. */
function isDropped({ key, value, valueObject, timestamp }: StoredRecord, { latest, created }: Plan): boolean {
  if (latest?.others) return false
  const isTombstone = key !== null && value === null && valueObject === undefined
  return isTombstone && latest?.tombstones === 'drop' && timestamp !== -1 && timestamp + TOMBSTONE_MS <= created
}

function hiddenOutput(
  { key: hidden, large, ...written }: WrittenObject,
  { plan, gap, latest, work }: LatestMaking,
  { range: slices, extension }: { range: SliceRange; extension: string },
): HiddenOutput {
  const { unit, compaction } = work
  const { topic } = unit
  // Across partitions, no newest record of a key can be told.
  const partition = unit.partition as number
  const { firstOffset, lastOffset } = written
  const name = { topic, partition, firstOffset, lastOffset, made: { sequence: plan.sequence }, extension }
  const facts = {
    reason: 'keepLatest',
    form: formDigest(latest.form),
    slices,
    ...(gap ? { gap: gap.inputs.length } : {}),
  } as const
  const named = large.length === 0 ? {} : { large: { [partition]: large } }
  return { hidden, output: { key: compaction.keys.render(name), ...written, ...facts, ...named } }
}
