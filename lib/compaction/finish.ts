import pMap from 'p-map'
import type { LogEntry } from '../commits/commit-log.ts'
import type { CommittedObject, Done, Gap, Plan, PlannedInput, PlannedOutput } from '../commits/entry.ts'
import { stateAfter } from '../commits/log-state.ts'
import { CodedError } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { findOutput } from './output-writer.ts'
import { readFrames } from './staged-reading.ts'
import type { UnitWork } from './unit-work.ts'
import { UnreadableInput, writeOutputs } from './write-outputs.ts'

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
  const found = isOwn ? [] : await outputsThere(plan, work)
  const there = new Set(found.map(({ key }) => key))
  const pending = plan.outputs.filter(({ key }) => !there.has(key))
  try {
    const written = await writeOutputs(pending, { plan, gap, work })
    return written && (await sayDone(plan, gap, [...found, ...written], work))
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    // Inputs are deleted when a plan is done: then another worker was faster.
    const done = await work.log.done(plan.sequence)
    if (done) return await withGap({ plan, gap, done }, work)
    return await carryOut({ plan, gap: await decideGap(plan, gap, error, work) }, false, work)
  }
}

/** The outputs that are written already. */
async function outputsThere({ outputs, ...plan }: Plan, { compaction }: UnitWork): Promise<CommittedObject[]> {
  const find = (output: PlannedOutput) => findOutput(output, { ...plan, outputs }, compaction)
  const found = await pMap(outputs, find, { concurrency: AT_ONCE })
  return found.filter(output => output !== undefined)
}

async function sayDone(plan: Plan, gap: Gap | undefined, outputs: CommittedObject[], work: UnitWork) {
  const { log, compaction } = work
  const places = new Map(plan.outputs.map(({ key }, place) => [key, place]))
  outputs.sort((a, b) => (places.get(a.key) ?? 0) - (places.get(b.key) ?? 0))
  const done: Done = { schema: 1, sequence: plan.sequence, created: compaction.now(), outputs }
  if (await log.createDone(done)) {
    tell(done, work)
    return await withGap({ plan, gap, done }, work)
  }
  const first = await log.done(plan.sequence)
  if (!first)
    throw new CodedError('COMMIT_LOG_DAMAGED', `entry ${plan.sequence} of ${log.folder} was done, and is gone`)
  return await withGap({ plan, gap, done: first }, work)
}

/** Another worker may have decided a gap that this one doesn't know. */
async function withGap(entry: FinishedEntry, { log }: UnitWork): Promise<FinishedEntry> {
  const isKnown = entry.gap !== undefined || !entry.done.outputs.some(({ gap }) => gap)
  return isKnown ? entry : { ...entry, gap: await log.gap(entry.plan.sequence) }
}

function tell({ sequence, outputs }: Done, { unit, compaction, tally }: UnitWork) {
  for (const output of outputs) {
    const { key, records, bytes, reason } = output
    tally.outputs.push(output)
    compaction.logger.info('Object committed', { ...unit, sequence, key, records, bytes, reason })
  }
}

/**
 * Decides that a plan is carried out without the inputs that can't be read. All are read, as the decision is made once.
 *
 * @returns the decision, which another worker may have made
 */
async function decideGap(
  plan: Plan,
  known: Gap | undefined,
  { input, cause }: UnreadableInput,
  work: UnitWork,
): Promise<Gap> {
  const { policy, logger, now } = work.compaction
  const { key } = plan.inputs[input] as PlannedInput
  const existing = await work.log.gap(plan.sequence)
  if (existing && !known) return existing
  if (policy === 'fail' || known) throw damaged(key, cause)
  const inputs = await unreadableInputs(plan, work)
  const gap: Gap = { schema: 1, sequence: plan.sequence, created: now(), inputs, reason: 'STAGED_OBJECT_DAMAGED' }
  if (inputs.length > 0 && (await work.log.createGap(gap))) {
    const keys = inputs.map(index => plan.inputs[index]?.key)
    logger.error('Records are left out, as their staged objects can’t be read', {
      ...work.unit,
      sequence: plan.sequence,
      keys,
    })
    return gap
  }
  const first = await work.log.gap(plan.sequence)
  // Now all of them could be read: the store was at fault.
  if (!first) throw new CodedError('STAGED_OBJECT_DAMAGED', cause.message, { cause, retryable: true })
  return first
}

async function unreadableInputs(plan: Plan, work: UnitWork): Promise<number[]> {
  const isUnreadable = async ({ key, bytes }: PlannedInput, index: number) => {
    const name = parseStagedKey(work.compaction.prefix, key)
    const frames = plan.outputs.flatMap(output => output.frames.filter(([input]) => input === index))
    try {
      if (name)
        await readFrames(
          { key, name, size: bytes },
          frames.map(([, frame]) => frame),
          work,
        )
      return []
    } catch (error) {
      const { code } = error as CodedError
      if (code === 'STAGED_OBJECT_DAMAGED' || code === 'STORE_OBJECT_MISSING') return index
      throw error
    }
  }
  return (await pMap(plan.inputs, isUnreadable, { concurrency: AT_ONCE })).flat()
}

function damaged(key: string, cause: CodedError): CodedError {
  if (cause.code === 'STAGED_OBJECT_DAMAGED') return cause
  return new CodedError(
    'STAGED_OBJECT_DAMAGED',
    `${key} is gone, and no entry of the commit log says that it is done`,
    { cause },
  )
}

/** What is damaged stays, until it is put aside. */
async function deleteInputs(entry: FinishedEntry, { compaction, tally }: UnitWork): Promise<void> {
  const { remaining, missing } = stateAfter(entry)
  const left = new Set([...remaining, ...missing].map(({ key }) => key))
  const keys = entry.plan.inputs.map(({ key }) => key).filter(key => !left.has(key))
  if (keys.length === 0) return
  await compaction.store.delete(keys)
  tally.deleted += keys.length
}
