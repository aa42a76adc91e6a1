import type { MissingInput, Plan, PlannedInput, PlannedOutput, RemainingInput, Unit } from '../commits/entry.ts'
import type { LogState } from '../commits/log-state.ts'
import { boundsOf, coarsened, intersect, subtract, unite } from '../commits/offset-runs.ts'
import type { ObjectKeys } from '../objects/key.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { inOutputOrder } from './frame-order.ts'
import { type ClosedOutput, type PlannableFrame, planOutputs } from './plan.ts'
import type { Rotation } from './rotation.ts'
import { type FrameFacts, plannable } from './staged-frames.ts'
import type { StagedObject } from './unit-work.ts'

/** A staged object of which frames can be planned. */
export interface PlannableObject {
  object: StagedObject
  /** Those of which something is taken. */
  frames: FrameFacts[]
  /** Whether they wait since an earlier entry. Absent: the object is taken now. */
  waiting?: true
  offsets: OffsetRuns
  keep?: OffsetRuns
  /** Whether it begins before the positions. */
  late?: boolean
  begun?: true
}

/** A staged object that is deleted, or put aside for a reason, when the entry is done. */
export interface DroppedObject {
  object: StagedObject
  offsets: OffsetRuns
  reason?: string
}

/** What the next entry of a log decides about. */
export interface PlanInput {
  unit: Unit
  state: LogState
  objects: PlannableObject[]
  /** Staged objects that can't be read. */
  damaged: MissingInput[]
  /** Staged objects of which nothing is taken, as objects that aren't the log's have their records. */
  dropped: DroppedObject[]
  rotation?: Rotation
  keys: ObjectKeys
  now: number
}

/** The next entry of a log: a pure function. Undefined when nothing closes, and so nothing has to be decided. */
export function nextPlan(input: PlanInput): Plan | undefined {
  const { state, damaged, dropped, rotation, now } = input
  const objects = inOutputOrder(input.objects, rotation)
  const frames = objects.flatMap(({ object, frames }) => frames.map(facts => plannable(object, facts)))
  const { closed, open } = planOutputs(frames, rotation, now)
  if (closed.length + damaged.length + dropped.length === 0) return undefined
  const taken = objects.filter(({ waiting }) => !waiting)
  const sequence = state.sequence + 1
  const { inputs, outputs } = plannedOutputs(objects, closed, sequence, input)
  const gaps = [...stillMissing(state.missing, [...taken, ...dropped.filter(({ reason }) => !reason)]), ...damaged]
  return {
    schema: 1,
    sequence,
    ...(state.first ? { first: state.first } : {}),
    created: now,
    inputs: [...inputs, ...dropped.map(droppedInput)],
    outputs,
    remaining: remainingInputs(objects, closed, open),
    positions: positionsBehind(state.positions, taken),
    ...(state.earlier ? { earlier: state.earlier } : {}),
    ...(gaps.length > 0 ? { gaps } : {}),
    late: taken.some(({ late }) => late) ? sequence : state.late,
    ...lateOffsets(state, taken),
  }
}

/** Runs of late offsets that an entry names at most of a partition: some 20 kB, before compression. */
const MAX_LATE_RUNS = 1_000

/** See {@link Plan.lateOffsets}. */
function lateOffsets({ lateOffsets: before }: LogState, taken: PlannableObject[]): Pick<Plan, 'lateOffsets'> {
  const late = Map.groupBy(
    taken.filter(one => one.late),
    ({ object }) => String(object.name.partition),
  )
  if (!before && late.size === 0) return {}
  const added = late.entries().map(([partition, objects]): [string, OffsetRuns] => {
    const offsets = unite(before?.[partition] ?? [], ...objects.map(one => one.keep ?? one.offsets))
    return [partition, coarsened(offsets, MAX_LATE_RUNS)]
  })
  return { lateOffsets: { ...before, ...Object.fromEntries(added) } }
}

function plannedOutputs(
  objects: PlannableObject[],
  closed: ClosedOutput[],
  sequence: number,
  { unit, keys, state }: PlanInput,
) {
  const used = new Set(closed.flatMap(({ frames }) => frames.map(({ key }) => key)))
  const inputs = objects.filter(({ object }) => used.has(object.key)).map(plannedInput)
  const places = new Map(inputs.map(({ key }, place) => [key, place]))
  const outputs = closed.map(({ path, frames, reason }, index): PlannedOutput => {
    const { form, extension } = frames[0] as PlannableFrame
    const facts = factsOf(frames)
    const { firstOffset, lastOffset } = facts
    const name = { topic: unit.topic, path, firstOffset, lastOffset, extension }
    // The object that lacks what was missing may have the same bounds, and so may an object that was adopted: an adoption that
    // slept may still delete that one's key.
    const isNamedAnew = (frame: PlannableFrame) => frame.adopted || isAgain(frame, state.missing)
    const made = frames.some(isNamedAnew) ? { made: { sequence } } : {}
    const key =
      unit.partition === 'all'
        ? keys.render({ ...name, partition: 'all', made: { sequence, index } })
        : keys.render({ ...name, ...made, partition: unit.partition })
    return {
      key,
      ...(path === undefined ? {} : { path }),
      ...facts,
      reason,
      form,
      frames: frames.map(({ key, frame }) => [places.get(key) ?? -1, frame]),
    }
  })
  return { inputs, outputs }
}

/** Whether a frame may have offsets that were missing. */
function isAgain({ partition, firstOffset, lastOffset }: PlannableFrame, missing: MissingInput[]): boolean {
  const bounds: OffsetRuns = [[firstOffset, lastOffset - firstOffset + 1]]
  return missing.some(input => input.partition === partition && intersect(input.offsets, bounds).length > 0)
}

/** Size, bounds, number and large values of an output's records. */
function factsOf(frames: PlannableFrame[]): Omit<PlannedOutput, 'key' | 'path' | 'reason' | 'form' | 'frames'> {
  const timed = frames.filter(({ maxTimestamp }) => maxTimestamp !== -1)
  const withLarge = frames.filter(({ large }) => large.length > 0)
  const large = Map.groupBy(withLarge, ({ partition }) => String(partition))
  return {
    bytes: frames.reduce((sum, { bytes }) => sum + bytes, 0),
    firstOffset: frames.reduce((least, frame) => Math.min(least, frame.firstOffset), Number.POSITIVE_INFINITY),
    lastOffset: frames.reduce((most, frame) => Math.max(most, frame.lastOffset), -1),
    records: frames.reduce((sum, { records }) => sum + records, 0),
    minTimestamp: timed.reduce((least, frame) => Math.min(least, frame.minTimestamp), timed[0]?.minTimestamp ?? -1),
    maxTimestamp: timed.reduce((most, frame) => Math.max(most, frame.maxTimestamp), timed[0]?.maxTimestamp ?? -1),
    ...(large.size > 0 ? { large: Object.fromEntries(large.entries().map(offsetsOfLarge)) } : {}),
  }
}

const offsetsOfLarge = ([partition, frames]: [string, PlannableFrame[]]) => [
  partition,
  frames.flatMap(frame => frame.large),
]

function plannedInput({ object, offsets, keep, begun }: PlannableObject): PlannedInput {
  const { key, size, name, staged } = object
  const input = { key, bytes: size, partition: name.partition, offsets }
  return { ...input, ...(keep ? { keep } : {}), staged, ...(begun ? { begun } : {}) }
}

function droppedInput({ object, offsets, reason }: DroppedObject): PlannedInput {
  return { ...plannedInput({ object, offsets, keep: [], frames: [] }), ...(reason ? { aside: reason } : {}) }
}

function remainingInputs(objects: PlannableObject[], closed: ClosedOutput[], open: PlannableFrame[]): RemainingInput[] {
  const begun = new Set(closed.flatMap(({ frames }) => frames.map(({ key }) => key)))
  const waiting = Map.groupBy(open, ({ key }) => key)
  return objects.flatMap(one => {
    const { key } = one.object
    const frames = waiting.get(key)?.map(({ frame }) => frame)
    if (!frames) return []
    return { ...plannedInput(begun.has(key) ? { ...one, begun: true } : one), frames }
  })
}

function positionsBehind(positions: Record<string, number>, taken: PlannableObject[]): Record<string, number> {
  const behind = { ...positions }
  for (const { object, offsets, keep } of taken) {
    const { partition } = object.name
    behind[partition] = Math.max(behind[partition] ?? 0, boundsOf(keep ?? offsets).last + 1)
  }
  return behind
}

/**
 * What was missing comes again with other objects. They are taken now, or dropped, as nothing of them is missing any more; what
 * isn't taken of them is in objects.
 */
function stillMissing(missing: MissingInput[], again: Pick<PlannableObject, 'object' | 'offsets'>[]): MissingInput[] {
  return missing.flatMap(input => {
    const own = again.filter(({ object }) => object.name.partition === input.partition)
    if (own.some(({ object }) => object.key === input.key)) return []
    const offsets = subtract(
      input.offsets,
      own.flatMap(one => one.offsets),
    )
    return offsets.length > 0 ? { ...input, offsets } : []
  })
}
