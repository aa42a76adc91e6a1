import type { CommitStore } from '../commits/commit-store.ts'
import { intersect, subtract, unite } from '../commits/offset-runs.ts'
import type { FailedRecord } from '../delivery/dead-letter.ts'
import type { Dump } from '../dump.ts'
import { CodedError } from '../error.ts'
import { encode } from '../formats/encode.ts'
import { REDRIVE_PLAN } from '../objects/redriven.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import type { StoredObject } from '../s3/store.ts'
import { offsetsOf, runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { type FailedAgain, isSameTopic, type MarkedOffsets, withOutcome } from './marks.ts'
import { prepareObjects } from './prepared-objects.ts'
import type { PlannedObject, RedriveEntry, RedriveLog } from './redrive-log.ts'
import type { FetchFailed } from './redriver.ts'

/** What carrying out a plan needs. */
export interface PlanWork {
  dump: Dump
  store: Pick<CommitStore, 'create' | 'head'>
  fetch: FetchFailed
  now(): number
}

/** Metadata of an object that a redrive has made: which change of the entry says what the object has. */
export const CHANGE = 'redrive-change'

/** An entry, whose it is, and its objects as far as they are encoded. */
interface Course {
  place: TopicPartition
  /** The id of the source topic as it is now. */
  topicId: string | undefined
  entry: RedriveEntry
  log: RedriveLog
  work: PlanWork
}

/**
 * Carries out the plan of an entry: creates those of its objects that aren't there, and then says that it is done. Any number of
 * redrives may do so at once, also with one that wakes up after the others have ended. Of each object one is created, once, and
 * its metadata tells what it has, so that all of them say the same at the end.
 *
 * Records that are gone or fail since the plan was made are left out by a change, which is created before the objects that
 * follow it. An object that has no record left is created nevertheless, without records: otherwise a redrive that was asleep
 * could create it with them.
 *
 * @param prepared objects of the plan that are encoded already, by their key
 * @returns the marks from then on; undefined when another redrive has come further
 */
export async function carryOut(
  course: Course,
  prepared: ReadonlyMap<string, StoredObject> = new Map(),
): Promise<MarkedOffsets | undefined> {
  const { entry, log, work } = course
  const { plan } = entry
  const followed: (number | undefined)[] = []
  for (const { key } of plan.objects) {
    const object = entry.changes.length === 0 ? prepared.get(key) : undefined
    followed.push(object ? await createFollowing(object, 0, course) : await changeOf(key, course))
  }
  const missing = plan.objects.filter((_, index) => followed[index] === undefined)
  if (missing.length > 0 && !(await makeMissing(missing, course))) return await again(course)
  for (const [index, { key }] of plan.objects.entries()) followed[index] ??= await changeOf(key, course)
  // A change that is newer than this entry was read.
  if (followed.some(number => (number ?? 0) > entry.changes.length)) return await again(course)
  const written = plan.objects.map((_, index) => offsetsUnder(entry, index, followed[index]))
  const redriven = unite(plan.found, ...written)
  const failed = [...plan.failed, ...(entry.changes.at(-1)?.failed ?? [])]
  const marks = withOutcome(plan.marks, { redriven, failed })
  await log.createDone({ schema: 1, sequence: plan.sequence, created: work.now(), marks })
  return marks
}

/** Continues with the entry as it is by now. */
async function again(course: Course): Promise<MarkedOffsets | undefined> {
  const newest = await course.log.newest()
  if (newest?.plan.sequence !== course.entry.plan.sequence || newest.done) return undefined
  return await carryOut({ ...course, entry: newest })
}

/** The offsets of an object that follows a change; the plan is number 0. */
function offsetsUnder({ plan, changes }: RedriveEntry, index: number, number = changes.length): OffsetRuns {
  const planned = plan.objects[index] as PlannedObject
  return number === 0 ? planned.offsets : (changes[number - 1]?.objects[index] ?? [])
}

/** @returns the change that the object at the key follows, whoever created it */
async function createFollowing(object: StoredObject, number: number, course: Course): Promise<number> {
  const { work, entry } = course
  const metadata = { ...object.metadata, [REDRIVE_PLAN]: String(entry.plan.sequence), [CHANGE]: String(number) }
  if (await work.store.create({ ...object, metadata })) return number
  return (await changeOf(object.key, course)) ?? number
}

/** The change that an object follows; undefined when there is none yet. */
async function changeOf(key: string, { work, entry, place }: Course): Promise<number | undefined> {
  const held = await work.store.head(key)
  if (!held) return undefined
  const { [REDRIVE_PLAN]: plan, [CHANGE]: change } = held.metadata
  if (plan === String(entry.plan.sequence) && change !== undefined) return Number(change)
  throw new CodedError(
    'STORE_OBJECT_DIFFERS',
    `${key} is not the object that redrive ${entry.plan.sequence} makes. Move it elsewhere, so that the redrive can be finished.`,
    place,
  )
}

/**
 * Makes objects of records that are read once more.
 *
 * @returns false when a change was necessary, and nothing is made
 */
async function makeMissing(missing: PlannedObject[], course: Course): Promise<boolean> {
  const { entry, log, work } = course
  const { plan, changes } = entry
  const indexes = missing.map(object => plan.objects.indexOf(object))
  const wanted = indexes.map(index => offsetsUnder(entry, index))
  const records = await fetchOffsets(unite(...wanted), course)
  const made = await Promise.all(
    missing.map((object, nth) => {
      const own = [...offsetsOf(wanted[nth] as OffsetRuns)].flatMap(offset => records.get(offset) ?? [])
      return makeObject(object, own, course)
    }),
  )
  const isWhole = made.every(({ offsets }, nth) => subtract(wanted[nth] as OffsetRuns, offsets).length === 0)
  if (isWhole) {
    for (const { object } of made) await createFollowing(object, changes.length, course)
    return true
  }
  const objects = plan.objects.map((_, index) => {
    const nth = indexes.indexOf(index)
    return made[nth]?.offsets ?? offsetsUnder(entry, index)
  })
  const failed = [
    ...(changes.at(-1)?.failed ?? []),
    ...failedAgain(
      made.flatMap(one => one.failed),
      work.now(),
    ),
  ]
  const number = changes.length + 1
  await log.createChange({ schema: 1, sequence: plan.sequence, number, created: work.now(), objects, failed })
  return false
}

/** Records by their offset. Those that nobody has any more are left out. */
async function fetchOffsets(wanted: OffsetRuns, course: Course): Promise<Map<number, KafkaRecord>> {
  const { entry, topicId, work } = course
  const records = new Map<number, KafkaRecord>()
  // A topic that was created again has other records at these offsets.
  const isSame = isSameTopic(entry.plan.topicId, topicId)
  for (const source of entry.plan.sources) {
    const offsets = intersect(source.offsets, wanted)
    if (offsets.length === 0 || (source.place.kind === 'kafka' && !isSame)) continue
    for await (const fetched of work.fetch({ ...source, offsets }, !isSame))
      for (const { record } of fetched.records) records.set(record.offset, record)
  }
  return records
}

interface MadeObject {
  object: StoredObject
  offsets: OffsetRuns
  failed: FailedRecord[]
}

/** The bytes of a planned object, with those of its records that are left and don't fail. */
async function makeObject(planned: PlannedObject, records: KafkaRecord[], course: Course): Promise<MadeObject> {
  const { entry, work, place } = course
  const format = { ...work.dump.format, ...entry.plan.form }
  const { key, path } = planned
  const boundsOf = (some: KafkaRecord[]) => ({
    ...place,
    firstOffset: some[0]?.offset ?? -1,
    lastOffset: some.at(-1)?.offset ?? -1,
  })
  const prepared =
    records.length === 0
      ? { objects: [], failed: [] }
      : await prepareObjects(
          records,
          { ...work.dump, format },
          { divide: some => [{ range: boundsOf(some), path, records: some }], render: () => key },
        )
  const [made] = prepared.objects
  if (made) return { object: made.object, offsets: made.offsets, failed: prepared.failed }
  const { body, contentType, contentEncoding } = await encode([], format)
  const metadata = { 'record-count': '0' }
  return { object: { key, body, contentType, contentEncoding, metadata }, offsets: [], failed: prepared.failed }
}

/** The records that failed, by their codes. */
export function failedAgain(failed: FailedRecord[], time: number): FailedAgain[] {
  const byCode = Map.groupBy(failed, ({ error }) => error.code)
  return Array.from(byCode, ([code, some]) => {
    const offsets = some.map(({ record }) => record.offset).toSorted((a, b) => a - b)
    return { code, offsets: runsOf(offsets), time }
  })
}
