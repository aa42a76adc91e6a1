import type { CommitStore } from '../commits/commit-store.ts'
import { holdsOffset, intersect, subtract, unite } from '../commits/offset-runs.ts'
import { type Dump, writeObjects } from '../dump.ts'
import type { TopicPartition } from '../record.ts'
import type { StoredObject } from '../s3/store.ts'
import { formOf } from '../staging/form.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { carryOut, failedAgain, type PlanWork } from './carry-out.ts'
import { deliverAgain } from './deliver-again.ts'
import type { RedrivenRecord } from './failed-records.ts'
import type { FailedAgain, MarkedOffsets } from './marks.ts'
import { type PreparedObject, prepareObjects } from './prepared-objects.ts'
import type { PresentRecords } from './present-records.ts'
import {
  createBucketMarks,
  createRedriveLog,
  marksBefore,
  marksOf,
  type RedriveEntry,
  type RedriveLog,
} from './redrive-log.ts'
import type { FetchFailed, PartOutcome, RedrivePart, Redriver } from './redriver.ts'

export interface ObjectRedrive {
  /** With the connector's settings. */
  dump: Dump
  store: Pick<CommitStore, 'list' | 'get' | 'create' | 'head'>
  /** The connector's folder, without slashes at either end. */
  prefix: string
  present: PresentRecords
  fetch: FetchFailed
  /** Milliseconds since the epoch. */
  now(): number
}

/** What is found out about a part before a plan of it is made. */
interface Findings {
  found: OffsetRuns
  objects: PreparedObject[]
  failed: FailedAgain[]
}

/**
 * Redrives into the bucket of a dump.
 *
 * With rotation, records are staged as the function `dump` does it: compaction takes each offset once, however often it is staged.
 * Without it, a plan says which records become which objects, and is created before them; a redrive that was killed is finished from its
 * plan by the next one. Plans follow each other, so no two of them have the same record.
 */
export function createObjectRedriver(redrive: ObjectRedrive): Redriver {
  const { dump, store, prefix } = redrive
  const work: PlanWork = { ...redrive, store }
  const logOf = (place: TopicPartition) => createRedriveLog(store, prefix, place)

  /** Finishes the plans of others, and returns the newest entry, which is done. */
  async function settled(log: RedriveLog, place: TopicPartition, topicId: string | undefined) {
    for (;;) {
      const entry = await log.newest()
      if (!entry || entry.done) return entry
      await carryOut({ place, topicId, entry, log, work })
    }
  }

  async function prepare(records: RedrivenRecord[], part: RedrivePart, sequence: number): Promise<Findings> {
    const all = records.map(({ record }) => record)
    const found = await redrive.present.of({ topic: part.topic, partition: part.partition }, all)
    const rest = all.filter(({ offset }) => !holdsOffset(found, offset))
    if (rest.length === 0) return { found, objects: [], failed: [] }
    const arrangement = {
      divide: dump.keys.divide,
      render: (name: Parameters<typeof dump.keys.render>[0]) => dump.keys.render({ ...name, made: { sequence } }),
    }
    const { objects, failed } = await prepareObjects(rest, dump, arrangement)
    return { found, objects, failed: failedAgain(failed, redrive.now()) }
  }

  async function stage(records: RedrivenRecord[]): Promise<Findings> {
    const all = records.map(({ record }) => record)
    const failed = failedAgain(
      await deliverAgain(all, {
        write: (some, attempt) => writeObjects(some, dump, attempt),
        peer: dump.storeName,
      }),
      redrive.now(),
    )
    const staged = subtract(runsOf(all.map(({ offset }) => offset)), unite(...failed.map(({ offsets }) => offsets)))
    // They are in the result whatever becomes of this redrive, so they are found.
    return { found: staged, objects: [], failed }
  }

  /** Makes a plan and carries it out. @returns undefined when another redrive has made one meanwhile */
  async function next(part: RedrivePart, records: RedrivenRecord[], newest: RedriveEntry | undefined, log: RedriveLog) {
    const sequence = newest ? newest.plan.sequence + 1 : 0
    const { found, objects, failed } = dump.staging ? await stage(records) : await prepare(records, part, sequence)
    const plan = {
      schema: 1 as const,
      sequence,
      created: redrive.now(),
      ...marksBefore(newest, part.topicId),
      found,
      failed,
      sources: sourcesOf(part, unite(...objects.map(({ offsets }) => offsets))),
      form: formOf(dump.format),
      objects: objects.map(({ object: { key }, path, offsets }) => ({ key, path, offsets })),
    }
    if (!(await log.createPlan(plan))) return undefined
    const { topic, partition, topicId } = part
    const prepared = new Map(objects.map(({ object }): [string, StoredObject] => [object.key, object]))
    const course = { place: { topic, partition }, topicId, entry: { plan, changes: [] }, log, work }
    return { found, marks: (await carryOut(course, prepared)) ?? (await marksNow(log, part.topicId)) }
  }

  async function marksNow(log: RedriveLog, topicId: string | undefined): Promise<MarkedOffsets> {
    return marksOf(await log.newest(), topicId)
  }

  return {
    marks: createBucketMarks(store, prefix),
    async finish(place, topicId) {
      await settled(logOf(place), place, topicId)
    },
    async redrive(part) {
      const place = { topic: part.topic, partition: part.partition }
      const log = logOf(place)
      for (;;) {
        const newest = await settled(log, place, part.topicId)
        const { redriven } = marksOf(newest, part.topicId)
        const records = part.records.filter(({ record }) => !holdsOffset(redriven, record.offset))
        if (records.length === 0) return outcomeOf(part, redriven, [], marksOf(newest, part.topicId))
        const made = await next(part, records, newest, log)
        const present = unite(redriven, dump.staging ? [] : (made?.found ?? []))
        if (made) return outcomeOf(part, present, records, made.marks)
      }
    },
  }
}

/** Of the records' places, those that have records of objects. */
function sourcesOf({ sources }: RedrivePart, offsets: OffsetRuns): RedrivePart['sources'] {
  return sources.flatMap(source => {
    const own = intersect(source.offsets, offsets)
    return own.length > 0 ? { ...source, offsets: own } : []
  })
}

/** What the marks say of a part, of which some offsets were in the result before. */
function outcomeOf(part: RedrivePart, before: OffsetRuns, tried: RedrivenRecord[], marks: MarkedOffsets): PartOutcome {
  const all = runsOf(part.records.map(({ record }) => record.offset))
  const own = runsOf(tried.map(({ record }) => record.offset))
  const failed = marks.failed.flatMap(group => {
    const offsets = intersect(group.offsets, own)
    return offsets.length > 0 ? { ...group, offsets } : []
  })
  return {
    present: intersect(all, before),
    redriven: subtract(intersect(own, marks.redriven), before),
    failed,
  }
}
