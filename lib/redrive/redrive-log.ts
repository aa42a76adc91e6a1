import type { CommitStore } from '../commits/commit-store.ts'
import { createEntry, readEntry } from '../commits/entry-object.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { encodeSegment } from '../objects/segment.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedPlace, FailedRecords } from './failed-records.ts'
import { type FailedAgain, type MarkedOffsets, noMarks, type RedriveMarks } from './marks.ts'

/** An object that a plan makes. */
export interface PlannedObject {
  key: string
  path?: string
  /** Of its records, as they are planned. */
  offsets: OffsetRuns
}

/** What entry n of the log decides. Created once, before any of its objects. */
export interface RedrivePlan {
  schema: 1
  sequence: number
  /** When, in milliseconds since the epoch. */
  created: number
  /** Id of the source topic, or of its last one if it does not exist. Absent: no redrive has ever seen it. */
  topicId?: string
  /** What the entries before this one have done for the topic with this id. */
  marks: MarkedOffsets
  /** The same for topics with its name and another id. Absent: there were none. */
  others?: { topicId?: string; marks: MarkedOffsets }[]
  /** Offsets that were found in the result, so that nothing is written for them. */
  found: OffsetRuns
  failed: FailedAgain[]
  /** Where the records of the objects are. */
  sources: FailedRecords[]
  /** How the objects are encoded. */
  form: FormatSettings
  objects: PlannedObject[]
}

/**
 * Changes what plan n makes, because some of its records are gone or fail since. Created once for each number. An object may have
 * been created before by another redrive: its metadata tells which change it follows.
 */
export interface RedriveChange {
  schema: 1
  sequence: number
  /** From 1 on. Each change replaces the one before. */
  number: number
  created: number
  /** The offsets of each planned object; none for one that is created without records. */
  objects: OffsetRuns[]
  failed: FailedAgain[]
}

/** Says that the objects of plan n are there. Created once. */
export interface RedriveDone {
  schema: 1
  sequence: number
  created: number
  /** What this entry and those before it have done. */
  marks: MarkedOffsets
}

export interface RedriveEntry {
  plan: RedrivePlan
  /** In the order of their numbers. */
  changes: RedriveChange[]
  /** Absent: the plan has to be carried out. */
  done?: RedriveDone
}

/**
 * The log of the redrives of one topic-partition whose records become objects at once, without rotation. Entries follow each other:
 * plan n + 1 is made only when plan n is done. None is ever changed or deleted.
 */
export interface RedriveLog {
  /** The newest entry, by a listing that doesn't grow with the log. */
  newest(): Promise<RedriveEntry | undefined>
  /**
   * The offsets that an object of a plan has.
   *
   * @param change the number of the change that the object follows; 0 when it follows the plan itself
   * @returns undefined when the log doesn't know the object
   */
  offsetsOf(key: string, sequence: number, change: number): Promise<OffsetRuns | undefined>
  /** @returns whether this call created the entry; otherwise it exists, and counts */
  createPlan(plan: RedrivePlan): Promise<boolean>
  createChange(change: RedriveChange): Promise<boolean>
  createDone(done: RedriveDone): Promise<boolean>
}

/** Sequences count down in names, so that a listing begins with the newest entry. */
const HIGHEST_SEQUENCE = 9_999_999_999
const ENTRY_NAME = /^(?<left>\d{10})\.(?:change[1-9]\d*|done|plan)\.json\.gz$/

/** `<prefix>/_redriven/`, or `_redriven/` in the bucket’s root. */
export function redrivenFolder(prefix: string): string {
  return `${prefix === '' ? '' : `${prefix}/`}_redriven/`
}

/**
 * Opens the log of a topic-partition. Reads throw `COMMIT_LOG_NEWER` and `COMMIT_LOG_DAMAGED`.
 *
 * @param prefix the connector's folder, without slashes at either end
 */
export function createRedriveLog(
  store: Pick<CommitStore, 'list' | 'get' | 'create'>,
  prefix: string,
  { topic, partition }: TopicPartition,
): RedriveLog {
  const folder = `${redrivenFolder(prefix)}${encodeSegment(topic)}/${partition}/`
  const keyOf = (sequence: number, kind: string) =>
    `${folder}${String(HIGHEST_SEQUENCE - sequence).padStart(10, '0')}.${kind}.json.gz`

  async function newestSequence(): Promise<number | undefined> {
    for await (const { key } of store.list(folder)) {
      const { left } = ENTRY_NAME.exec(key.slice(folder.length))?.groups ?? {}
      if (left !== undefined) return HIGHEST_SEQUENCE - Number(left)
    }
    return undefined
  }

  async function changesOf(sequence: number): Promise<RedriveChange[]> {
    const changes: RedriveChange[] = []
    for (let number = 1; ; number++) {
      const change = await readEntry<RedriveChange>(store, keyOf(sequence, `change${number}`))
      if (!change) return changes
      changes.push(change)
    }
  }

  return {
    async newest() {
      const sequence = await newestSequence()
      if (sequence === undefined) return undefined
      const plan = await readEntry<StoredPlan>(store, keyOf(sequence, 'plan'))
      const done = await readEntry<RedriveDone>(store, keyOf(sequence, 'done'))
      return plan && { plan: fromStored(plan), done, changes: done ? [] : await changesOf(sequence) }
    },
    async offsetsOf(key, sequence, number) {
      const plan = await readEntry<StoredPlan>(store, keyOf(sequence, 'plan'))
      const index = plan?.objects.findIndex(object => object.key === key) ?? -1
      if (number === 0) return plan?.objects[index]?.offsets
      return (await readEntry<RedriveChange>(store, keyOf(sequence, `change${number}`)))?.objects[index]
    },
    createPlan: plan => createEntry(store, keyOf(plan.sequence, 'plan'), toStored(plan)),
    createChange: change => createEntry(store, keyOf(change.sequence, `change${change.number}`), change),
    createDone: done => createEntry(store, keyOf(done.sequence, 'done'), done),
  }
}

/** A plan as JSON, which has no maps. */
interface StoredPlan extends Omit<RedrivePlan, 'sources'> {
  sources: (Omit<FailedRecords, 'place'> & { place: FailedPlace; timestamps?: [offset: number, timestamp: number][] })[]
}

function toStored({ sources, ...plan }: RedrivePlan): StoredPlan {
  const stored = sources.map(source => {
    if (source.place.kind !== 'kafka' || !source.place.timestamps) return source
    const { timestamps, ...place } = source.place
    return { ...source, place, timestamps: [...timestamps] }
  })
  return { ...plan, sources: stored }
}

function fromStored({ sources, ...plan }: StoredPlan): RedrivePlan {
  const read = sources.map(({ timestamps, ...source }): FailedRecords => {
    if (source.place.kind !== 'kafka' || !timestamps) return source
    return { ...source, place: { ...source.place, timestamps: new Map(timestamps) } }
  })
  return { ...plan, sources: read }
}

/**
 * What is done according to a log's newest entry. Those of a plan that isn't carried out are not.
 *
 * @param topicId absent: the topic does not exist, and its last one counts
 */
export function marksOf(newest: RedriveEntry | undefined, topicId = newest?.plan.topicId): MarkedOffsets {
  return marksByTopic(newest).find(other => other.topicId === topicId)?.marks ?? noMarks()
}

/** What the next plan begins with. */
export function marksBefore(
  newest: RedriveEntry | undefined,
  topicId = newest?.plan.topicId,
): Pick<RedrivePlan, 'topicId' | 'marks' | 'others'> {
  const others = marksByTopic(newest).filter(other => other.topicId !== topicId)
  return { topicId, marks: marksOf(newest, topicId), ...(others.length > 0 ? { others } : {}) }
}

/** The marks of the newest entry's own topic come first. */
function marksByTopic(newest: RedriveEntry | undefined): { topicId?: string; marks: MarkedOffsets }[] {
  if (!newest) return []
  const { plan, done } = newest
  return [{ topicId: plan.topicId, marks: done?.marks ?? plan.marks }, ...(plan.others ?? [])]
}

/** The marks of a dump, in its bucket. */
export function createBucketMarks(store: Pick<CommitStore, 'list' | 'get' | 'create'>, prefix: string): RedriveMarks {
  return {
    of: async (place, topicId) => marksOf(await createRedriveLog(store, prefix, place).newest(), topicId),
  }
}
