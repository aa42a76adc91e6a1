import pMap from 'p-map'
import type { MissingInput, Plan, RemainingInput } from '../commits/entry.ts'
import { effectiveOffsets, type LogState } from '../commits/log-state.ts'
import { asCodedError, CodedError } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { Classifier, type Decision } from './classified.ts'
import { nextPlan, type PlannableObject } from './next-plan.ts'
import { quarantine } from './quarantine.ts'
import { framesOf } from './staged-frames.ts'
import { listStaged } from './staged-listing.ts'
import { isWhole, unlessGone, untilWhole } from './staged-reading.ts'
import { withoutOverlap } from './take.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** Staged objects about which something is found out at the same time. */
const AT_ONCE = 8

/**
 * Frames that a plan names at most. A worker holds what it plans in memory: some 300 bytes for each. When more wait, all that
 * are known are made into objects, whatever the rotation says.
 */
const MAX_FRAMES = 200_000

/** What is staged of a unit, and what is next. */
export interface Survey {
  /** Undefined when nothing closes. */
  plan?: Plan
  /** Staged objects that are left. */
  remaining: number
  oldestStaged?: number
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
  const { listed, isCut } = await listUnit(work)
  const known = new Set(state.remaining.map(({ key }) => key))
  const classifier = new Classifier(state, work)
  const fresh = listed.filter(({ key }) => !known.has(key))
  const decisions = await pMap(fresh, object => classifier.decide(object), { concurrency: AT_ONCE })
  if (!isDry) await putAway(decisions, work)
  const waiting = await waitingObjects(state.remaining, work)
  const candidates = decisions.filter(decision => decision.kind === 'take')
  const damaged = [...(await damagedObjects(decisions, work)), ...waiting.damaged]
  const input = {
    ...{ unit, state, damaged, keys: compaction.keys, rotation: compaction.rotation },
    objects: [...waiting.objects, ...withoutOverlap(candidates)],
    // A clock that is behind the store's would keep everything waiting.
    now: listed.reduce((latest, { staged }) => Math.max(latest, staged), compaction.now()),
  }
  const plan = nextPlan(input) ?? (isCut ? nextPlan({ ...input, rotation: undefined }) : undefined)
  const gone = new Set(isDry ? [] : decisions.filter(isPutAway).map(({ object }) => object.key))
  const left = listed.filter(({ key }) => !gone.has(key))
  const oldestStaged = left.reduce<number | undefined>(
    (oldest, { staged }) => Math.min(oldest ?? staged, staged),
    undefined,
  )
  return { plan, remaining: left.length, oldestStaged, stale: waiting.stale }
}

/** The staged objects of a unit, as many as can be planned at once. */
async function listUnit({ unit, compaction }: UnitWork): Promise<{ listed: StagedObject[]; isCut: boolean }> {
  const listed: StagedObject[] = []
  for await (const object of listStaged(compaction, unit)) {
    if (listed.length === MAX_FRAMES) return { listed, isCut: true }
    listed.push(object)
  }
  return { listed, isCut: false }
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
      const facts = await untilWhole(() => framesOf(object, work.indexes))
      waiting.objects.push({ object, frames: facts, waiting: frames, offsets, keep, begun })
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
