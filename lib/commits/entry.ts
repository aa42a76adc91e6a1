import type { OffsetRuns, StagedIndex } from '../staging/staged-object.ts'

/** What is compacted together, with a log of its own: a topic-partition, or all partitions of a topic. */
export interface Unit {
  topic: string
  partition: number | 'all'
}

/** Why an output was closed. */
export type ClosingReason =
  | 'flushSize'
  /** Also where no target is set, at the size at which every output closes. */
  | 'targetSizeBytes'
  | 'rotateIntervalMs'
  | 'rotateScheduleIntervalMs'
  | 'maxOpenMs'
  /** The settings of the format changed: frames of two forms can't be joined. */
  | 'form'
  /** The next frame begins between the records that are there: an object has those of a partition in the order of their offsets. */
  | 'order'
  /** Rotation was taken away from the connector, or everything was asked for. */
  | 'all'
  /** The newest record of each key replaces what was there. */
  | 'keepLatest'

/** A staged object that a plan names. */
export interface PlannedInput {
  key: string
  /** Bytes as listed. */
  bytes: number
  partition: number
  /** Its records' offsets. */
  offsets: OffsetRuns
  /** Only these are taken, as the others are in objects already. Absent: all. */
  keep?: OffsetRuns
  /** When it was staged, by the store's clock, in milliseconds since the epoch. */
  staged: number
  /** Whether an earlier entry put some of its frames into objects. */
  begun?: true
  /** Why the object is put aside as a whole. Nothing of it is taken then. */
  aside?: string
}

/** An object that a plan makes. */
export interface PlannedOutput {
  key: string
  path?: string
  /** Of its frames, as they are staged. */
  bytes: number
  firstOffset: number
  lastOffset: number
  records: number
  minTimestamp: number
  maxTimestamp: number
  reason: ClosingReason
  /** Digest of the form of its frames. */
  form: string
  /** Its frames, in their order: index of the input, index of the frame within it. */
  frames: [input: number, frame: number][]
  /** Offsets of its records whose values are objects of their own, by partition. */
  large?: Record<string, number[]>
}

/** A staged object of which frames wait for a later plan. */
export interface RemainingInput extends PlannedInput {
  /** The frames that wait. */
  frames: number[]
}

/** Offsets that are in no object, because the staged object that had them is damaged or missing: under the policy `log`. */
export interface MissingInput {
  key: string
  partition: number
  offsets: OffsetRuns
  /** Whether some of these offsets are in objects nevertheless. It isn't known which: they count as covered. */
  partly?: true
}

/** An object that a plan replaces. */
export interface ReplacedObject {
  key: string
  bytes: number
  etag: string
  firstOffset: number
  lastOffset: number
  /** The keys of which it has the newest record: see {@link LatestObject}. Absent: it has several records of a key. */
  slices?: [from: number, to: number]
}

/** How a plan keeps the newest record of each key. */
export interface LatestPlan {
  tombstones: 'keep' | 'drop'
  /** How the records are encoded. */
  form: StagedIndex['form']
  /** An object is closed before it has more bytes. */
  targetBytes: number
  /** Number of ranges into which the slices of keys are divided; no object has keys of two. A power of two. */
  ranges: number
  /** The slices that are rewritten, ascending. */
  slices: [from: number, to: number][]
  /** The frames that are taken: index of the input, index of the frame within it. */
  frames: [input: number, frame: number][]
  /** See {@link LatestState.others}. */
  others?: CommittedObject[]
}

/** What entry n of a log decides. Created once. */
export interface Plan {
  schema: 1
  sequence: number
  /** Sequence of the log's first entry. Absent: 0. Names of objects told those of an earlier log, which is gone. */
  first?: number
  /** When, by the clock of the worker, in milliseconds since the epoch. */
  created: number
  inputs: PlannedInput[]
  outputs: PlannedOutput[]
  /** Everything that was taken by this plan or an earlier one and is in no output yet. */
  remaining: RemainingInput[]
  /** By partition, the first offset from which on no plan has taken anything. Never decreases. */
  positions: Record<string, number>
  /**
   * By partition, where the log began: offsets before it are in objects that a dump without rotation left, or in none. Absent:
   * there were no such objects.
   */
  earlier?: Record<string, number>
  /** What is missing since an earlier entry and hasn't come again. */
  gaps?: MissingInput[]
  /** Sequence of the newest entry, this one included, that took offsets before its predecessor's positions; -1 for none. */
  late: number
  /**
   * By partition, offsets that entries took late, this one included: at least those, in a limited number of runs. A late object
   * that has none of them is new, and no entry has to be read for it. Absent: none came late.
   */
  lateOffsets?: Record<string, OffsetRuns>
  /** Objects that the outputs replace; they are emptied before the outputs appear, and deleted days later. */
  replaced?: ReplacedObject[]
  /** Present when the newest record of each key is kept. The outputs follow from the records, so `done` names them. */
  latest?: LatestPlan
}

/** An object as it was written. */
export interface CommittedObject extends Omit<PlannedOutput, 'frames'> {
  /** As it is stored. */
  bytes: number
  etag: string
  /** It lacks the frames of so many of the inputs that the entry's {@link Gap} names: of the first ones. Absent: it lacks none. */
  gap?: number
}

/** An object with the newest records of the keys whose hash is in some neighbouring slices. */
export interface LatestObject extends CommittedObject {
  slices: [from: number, to: number]
}

/** All objects of a unit of which the newest record of each key is kept. */
export interface LatestState {
  /** See {@link LatestPlan}. Never decreases. */
  ranges: number
  objects: LatestObject[]
  /**
   * Objects that were made before only the newest records were kept, and that later entries will take, as one run can't read all
   * of them. They are visible with all of their records. Absent: none.
   */
  others?: CommittedObject[]
}

/** Says that entry n is done: from here on, its outputs are the data. Created once. */
export interface Done {
  schema: 1
  sequence: number
  created: number
  outputs: CommittedObject[]
  /** What is there after an entry that keeps the newest record of each key. */
  latest?: LatestState
}

/**
 * Decides that plan n is carried out without the records of damaged inputs. Created once. Another worker may have written some
 * outputs before, with these records: each output tells whether it lacks them. When more inputs turn out to be damaged, another
 * decision follows, which begins with the inputs of the one before.
 */
export interface Gap {
  schema: 1
  sequence: number
  created: number
  /** From 1 on: the one with the highest number counts. */
  number: number
  /** Indexes of the plan's inputs, in the order in which they were decided about. */
  inputs: number[]
  reason: string
}
