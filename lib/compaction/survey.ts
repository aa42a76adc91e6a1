import pMap from 'p-map'
import type { MissingInput, Plan, PlannedInput, RemainingInput } from '../commits/entry.ts'
import { effectiveOffsets, type LogState } from '../commits/log-state.ts'
import { asCodedError, CodedError } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { Classifier, type Decision, type Taken } from './classified.ts'
import { keepingLatest } from './latest-entry.ts'
import { nextPlan, type PlanInput, type PlannableObject } from './next-plan.ts'
import { quarantine } from './quarantine.ts'
import { factsOf, framesOf } from './staged-frames.ts'
import { listStaged } from './staged-listing.ts'
import { isWhole, unlessGone, untilWhole } from './staged-reading.ts'
import { withoutOverlap } from './take.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** Staged objects about which something is found out at the same time. */
const AT_ONCE = 8

/**
 * Frames, and runs of offsets, that a plan names at most. A worker holds what it plans in memory: some 300 bytes for each. When
 * more wait, all that are known are made into objects, whatever the rotation says.
 */
const MAX_PLANNED = 200_000

/** Staged objects that are decided about before their frames are counted. */
const CHUNK = 256

/** What is staged of a unit, and what is next. */
export interface Survey {
  /** Undefined when nothing closes. */
  plan?: Plan
  /** Staged objects that are left. */
  remaining: number
  oldestStaged?: number
  /** Whether the time was over before all staged objects were looked at. */
  isOver: boolean
  /** An object that waits and is gone: another worker may have gone on meanwhile. */
  stale?: string
}

/**
 * Looks at what is staged, deletes and puts aside what doesn't have to be made into objects, and plans the next entry.
 *
 * @param isDry nothing is deleted, nor put aside
 * @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `COMMIT_LOG_NEWER`, and those of the store
 */
export async function survey(state: LogState, work: UnitWork, isDry: boolean): Promise<Survey> {
  const { unit, compaction } = work
  const listed = await Array.fromAsync(listStaged(compaction, unit))
  const waiting = await waitingObjects(state.remaining, work)
  const known = new Set(state.remaining.map(({ key }) => key))
  const fresh = listed.filter(({ key }) => !known.has(key))
  const { decisions, isFull, isOver } = await decideAll(fresh, waiting.objects, state, work, isDry)
  const input: PlanInput = {
    ...{ unit, state, keys: compaction.keys, rotation: compaction.rotation },
    damaged: [...(await damagedObjects(decisions, work)), ...waiting.damaged],
    dropped: decisions.filter(decision => decision.kind === 'drop'),
    objects: [...waiting.objects, ...withoutOverlap(decisions.filter(({ kind }) => kind === 'take') as Taken[])],
    // A clock that is behind the store's would keep everything waiting.
    now: listed.reduce((latest, { staged }) => Math.max(latest, staged), compaction.now()),
  }
  const gone = new Set(isDry ? [] : decisions.filter(isPutAway).map(({ object }) => object.key))
  const left = listed.filter(({ key }) => !gone.has(key))
  const oldestStaged = left.reduce<number | undefined>(
    (oldest, { staged }) => Math.min(oldest ?? staged, staged),
    undefined,
  )
  // A run whose time is over has to leave something that the next one needn't find out again.
  const isCut = isFull || (isOver && gone.size === 0)
  const plan = await planNext(input, isCut, work)
  return { plan, remaining: left.length, oldestStaged, isOver, stale: waiting.stale }
}

async function planNext(input: PlanInput, isCut: boolean, work: UnitWork): Promise<Plan | undefined> {
  const { keepLatest } = work.compaction
  const plan = nextPlan(input) ?? (isCut ? nextPlan({ ...input, rotation: undefined }) : undefined)
  if (!plan || !keepLatest) return plan
  try {
    return await keepingLatest(plan, keepLatest, work)
  } catch (thrown) {
    const { code } = asCodedError(thrown)
    const isUnreadable = code === 'STAGED_OBJECT_DAMAGED' || code === 'STORE_OBJECT_MISSING'
    const damaged = isUnreadable && work.compaction.policy === 'log' ? await damagedInputs(plan, work) : []
    if (damaged.length === 0) throw thrown
    const keys = new Set(damaged.map(({ key }) => key))
    const objects = input.objects.filter(({ object }) => !keys.has(object.key))
    return await planNext({ ...input, objects, damaged: [...input.damaged, ...damaged] }, isCut, work)
  }
}

/** The inputs of a plan that aren't as they were staged. */
async function damagedInputs({ inputs }: Plan, work: UnitWork): Promise<MissingInput[]> {
  const check = async ({ key, bytes, partition, begun, ...input }: PlannedInput) => {
    const name = parseStagedKey(work.compaction.prefix, key)
    const whole = name && (await isWhole({ key, name, size: bytes }, work).catch(unlessGone))
    const missing = { key, partition, offsets: effectiveOffsets(input), ...(begun ? { partly: true as const } : {}) }
    return whole ? [] : missing
  }
  return (await pMap(inputs, check, { concurrency: AT_ONCE })).flat()
}

/**
 * Decides about as many staged objects as can be planned at once and as the time allows, in the order of their keys. What doesn't
 * have to be made into objects is put away at once, so that the next run needn't decide about it again.
 */
async function decideAll(
  fresh: StagedObject[],
  waiting: PlannableObject[],
  state: LogState,
  work: UnitWork,
  isDry: boolean,
) {
  const { compaction, time } = work
  const classifier = new Classifier(state, work)
  const decisions: Decision[] = []
  let planned = waiting.reduce((sum, one) => sum + sizeOf(one), 0)
  while (decisions.length < fresh.length) {
    const isOver = decisions.length > 0 && compaction.now() >= time.deadline
    if (planned >= MAX_PLANNED || isOver) return { decisions, isFull: !isOver, isOver }
    const some = await classifier.decide(chunkFrom(fresh, decisions.length))
    if (!isDry) await putAway(some, work)
    for (const decision of some) {
      decisions.push(decision)
      if (decision.kind === 'take') planned += sizeOf(decision)
    }
  }
  return { decisions, isFull: false, isOver: false }
}

/** The next objects, fewer if they may have many runs of offsets: they are all in memory until they are decided about. */
function chunkFrom(objects: StagedObject[], start: number): StagedObject[] {
  let end = start
  let runs = 0
  for (; end < Math.min(objects.length, start + CHUNK) && runs < MAX_PLANNED; end++) {
    const { only, records } = (objects[end] as StagedObject).name
    runs += only ? 1 : records
  }
  return objects.slice(start, end)
}

function sizeOf({ frames, offsets, keep = [] }: Pick<PlannableObject, 'frames' | 'offsets' | 'keep'>): number {
  return frames.length + offsets.length + keep.length
}

const isPutAway = ({ kind }: Decision) => kind === 'delete' || kind === 'quarantine' || kind === 'gone'

async function putAway(decisions: Decision[], work: UnitWork): Promise<void> {
  for (const decision of decisions)
    if (decision.kind === 'quarantine') await quarantine(decision.object, decision.reason, work)
  const keys = decisions.filter(({ kind }) => kind === 'delete').map(({ object }) => object.key)
  if (keys.length === 0) return
  await work.compaction.store.delete(keys)
  work.tally.deleted += keys.length
  work.compaction.logger.info('Staged objects deleted: their records are in objects', { ...work.unit, keys })
}

/** The objects that wait since an earlier entry. */
async function waitingObjects(remaining: RemainingInput[], work: UnitWork) {
  const waiting = {
    objects: [] as PlannableObject[],
    damaged: [] as MissingInput[],
    stale: undefined as string | undefined,
  }
  const find = async (input: RemainingInput) => {
    const { key, bytes, offsets, keep, staged, frames, begun } = input
    const name = parseStagedKey(work.compaction.prefix, key)
    if (!name)
      throw new CodedError(
        'COMMIT_LOG_DAMAGED',
        `the log of ${work.log.folder} names ${key}, which is no staged object`,
      )
    const object = { key, name, size: bytes, staged }
    try {
      const facts = factsOf(await untilWhole(() => framesOf(object, work.indexes)), keep)
      const left = facts.filter(({ frame }) => frames.includes(frame))
      waiting.objects.push({ object, frames: left, waiting: true, offsets, keep, begun })
    } catch (thrown) {
      const error = asCodedError(thrown)
      if (error.code === 'STORE_OBJECT_MISSING') waiting.stale = key
      else if (error.code !== 'STAGED_OBJECT_DAMAGED' || work.compaction.policy === 'fail') throw thrown
      const missing = { key, partition: name.partition, offsets: effectiveOffsets(input) }
      waiting.damaged.push(begun ? { ...missing, partly: true } : missing)
    }
  }
  await pMap(remaining, find, { concurrency: AT_ONCE })
  return waiting
}

/** Of an object that can't be read it isn't known which offsets it has. */
async function damagedObjects(decisions: Decision[], work: UnitWork): Promise<MissingInput[]> {
  const missing: MissingInput[] = []
  for (const decision of decisions) {
    if (decision.kind !== 'damaged') continue
    const { key, name } = decision.object
    const whole = await isWhole(decision.object, work).catch(unlessGone)
    // Another worker has put it aside.
    if (whole === undefined) continue
    if (whole) {
      work.compaction.logger.warn('Not a staged object: it is left alone', { key, reason: decision.error.message })
      continue
    }
    const { partition, firstOffset, lastOffset } = name
    missing.push({ key, partition, offsets: [[firstOffset, lastOffset - firstOffset + 1]], partly: true })
  }
  return missing
}
