import pMap from 'p-map'
import type { LogEntry } from '../commits/commit-log.ts'
import type { CommittedObject, Done, Gap, Plan, PlannedOutput } from '../commits/entry.ts'
import { stateAfter } from '../commits/log-state.ts'
import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { decideGap } from './gap.ts'
import { writeLatest } from './latest.ts'
import { findOutput } from './output-writer.ts'
import { quarantine } from './quarantine.ts'
import type { UnitWork } from './unit-work.ts'
import { type PlanWriting, writeOutputs } from './write-outputs.ts'

/** What a plan made, for its {@link Done}. */
type Made = Pick<Done, 'outputs' | 'latest'>

/** Errors that a worker meets when another one has carried out the plan. */
const OVERTAKEN: ErrorCode[] = ['STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING', 'STORE_OBJECT_DIFFERS']

/** Errors because of inputs. */
const UNREADABLE: ErrorCode[] = ['STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING']

/** Requests for one object each that are sent at the same time. */
const AT_ONCE = 8

/** An entry that is done. */
export type FinishedEntry = LogEntry & Required<Pick<LogEntry, 'done'>>

/**
 * Carries out a plan: writes its outputs, says that it is done, and deletes the inputs of which nothing is left. Any number of
 * workers may do it at once, and each step may be interrupted and repeated.
 *
 * @param isOwn whether this worker has just created the plan, so that none of its outputs is there
 * @returns undefined when the time was over before it was done
 * @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `STORE_OBJECT_DIFFERS`, and those of the store
 */
export async function finish(entry: LogEntry, isOwn: boolean, work: UnitWork): Promise<FinishedEntry | undefined> {
  const finished = await carryOut(entry, isOwn, work)
  if (finished) await deleteInputs(finished, work)
  return finished
}

async function carryOut({ plan, gap }: LogEntry, isOwn: boolean, work: UnitWork): Promise<FinishedEntry | undefined> {
  try {
    const made = plan.latest ? await writeLatest({ plan, gap }, work) : await makeOutputs({ plan, gap, work }, isOwn)
    return made && (await sayDone(plan, gap, made, work))
  } catch (thrown) {
    const error = asCodedError(thrown)
    // Inputs are deleted when a plan is done, and objects replaced: then another worker was faster.
    const done = OVERTAKEN.includes(error.code) ? await work.log.done(plan.sequence) : undefined
    if (done) return await withGap({ plan, gap, done }, work)
    if (!UNREADABLE.includes(error.code)) throw thrown
    return await carryOut({ plan, gap: await decideGap(plan, gap, error, work) }, false, work)
  }
}

async function makeOutputs(writing: PlanWriting, isOwn: boolean): Promise<Made | undefined> {
  const { plan, work } = writing
  const found = isOwn ? [] : await outputsThere(plan, work)
  const there = new Set(found.map(({ key }) => key))
  const written = await writeOutputs(
    plan.outputs.filter(({ key }) => !there.has(key)),
    writing,
  )
  if (!written) return undefined
  const places = new Map(plan.outputs.map(({ key }, place) => [key, place]))
  const placeOf = ({ key }: CommittedObject) => places.get(key) ?? 0
  return { outputs: [...found, ...written].sort((a, b) => placeOf(a) - placeOf(b)) }
}

/** The outputs that are written already. */
async function outputsThere({ outputs, ...plan }: Plan, { compaction }: UnitWork): Promise<CommittedObject[]> {
  const find = (output: PlannedOutput) => findOutput(output, { ...plan, outputs }, compaction)
  const found = await pMap(outputs, find, { concurrency: AT_ONCE })
  return found.filter(output => output !== undefined)
}

async function sayDone(plan: Plan, gap: Gap | undefined, made: Made, work: UnitWork): Promise<FinishedEntry> {
  const { log, compaction } = work
  const done: Done = { schema: 1, sequence: plan.sequence, created: compaction.now(), ...made }
  if (await log.createDone(done)) {
    tell(done, work)
    return await withGap({ plan, gap, done }, work)
  }
  const first = await log.done(plan.sequence)
  if (!first)
    throw new CodedError('COMMIT_LOG_DAMAGED', `entry ${plan.sequence} of ${log.folder} was done, and is gone`)
  return await withGap({ plan, gap, done: first }, work)
}

/** Another worker may have decided about more inputs than this one knows. */
async function withGap(entry: FinishedEntry, { log }: UnitWork): Promise<FinishedEntry> {
  const mayBe = entry.plan.latest !== undefined || entry.done.outputs.some(({ gap }) => gap)
  return mayBe ? { ...entry, gap: await log.gap(entry.plan.sequence) } : entry
}

function tell({ sequence, outputs }: Done, { unit, compaction, tally }: UnitWork) {
  for (const output of outputs) {
    const { key, records, bytes, reason } = output
    tally.outputs.push(output)
    compaction.logger.info('Object committed', { ...unit, sequence, key, records, bytes, reason })
  }
}

/**
 * What is damaged stays, until it is put aside. What the plan puts aside goes, also where an earlier entry misses an object of the
 * same key: else each run would find it again, and never end.
 */
async function deleteInputs(entry: FinishedEntry, work: UnitWork): Promise<void> {
  const { store, prefix } = work.compaction
  const { remaining, missing } = stateAfter(entry)
  const left = new Set([...remaining, ...missing].map(({ key }) => key))
  const consumed = entry.plan.inputs.filter(({ key, aside }) => aside !== undefined || !left.has(key))
  for (const { key, bytes, staged, aside } of consumed) {
    const name = parseStagedKey(prefix, key)
    if (aside !== undefined && name) await quarantine({ key, name, size: bytes, staged }, aside, work)
  }
  const keys = consumed.filter(({ aside }) => aside === undefined).map(({ key }) => key)
  if (keys.length === 0) return
  await store.delete(keys)
  work.tally.deleted += keys.length
}
