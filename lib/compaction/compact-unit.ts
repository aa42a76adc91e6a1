import { createCommitLog } from '../commits/commit-log.ts'
import { endingStore } from '../commits/ending-store.ts'
import type { Plan, Unit } from '../commits/entry.ts'
import { logsFolder } from '../commits/log-key.ts'
import { firstState, type LogState, stateAfter } from '../commits/log-state.ts'
import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import { encodeSegment } from '../objects/segment.ts'
import type { Compaction, RunTime, UnitReport } from './compaction.ts'
import { whatIsThere } from './earlier-objects.ts'
import { finish } from './finish.ts'
import { assertFreeKeys } from './free-keys.ts'
import { HeldMemory } from './held-memory.ts'
import { StagedIndexes } from './staged-indexes.ts'
import { type Survey, survey } from './survey.ts'
import type { UnitWork } from './unit-work.ts'

/**
 * Bytes that all objects that are being written may hold. A worker stays below 256 MB with it: the instance itself has 80 MB,
 * and up to 110 MB of what came over the network wait for the collector. `npm run bench:compact` shows the peak.
 */
export const MAX_HELD = 64 * 1024 * 1024

/**
 * Compacts one unit: finishes what another run began, then makes objects of what is staged until nothing more closes or the
 * time is over. May run any number of times at once, and may be interrupted anywhere.
 *
 * @param isDry plans what is next, and creates, moves and deletes nothing
 * @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`,
 * `COMMIT_LOG_OTHER_UNIT`, `STORE_OBJECT_DIFFERS`, and those of the store
 */
export async function compactUnit(
  unit: Unit,
  compaction: Compaction,
  time: RunTime,
  { memory = new HeldMemory(MAX_HELD), isDry = false }: { memory?: HeldMemory; isDry?: boolean } = {},
): Promise<UnitReport> {
  const work = begin(unit, compaction, time, memory)
  try {
    return report(work, await compactAll(work, isDry))
  } catch (thrown) {
    if (asCodedError(thrown).code !== 'OUT_OF_TIME') throw thrown
    return report(work, undefined)
  }
}

function begin(unit: Unit, compaction: Compaction, time: RunTime, memory: HeldMemory): UnitWork {
  const store = endingStore(compaction.store, () => time.signal?.aborted === true || compaction.now() >= time.end)
  const onForeign = (key: string) => compaction.logger.warn('Not an entry of a commit log: it is ignored', { key })
  return {
    unit,
    compaction: { ...compaction, store },
    log: createCommitLog(store, compaction.prefix, unit, onForeign),
    indexes: new StagedIndexes(store),
    memory,
    time,
    tally: { outputs: [], quarantined: 0, deleted: 0 },
  }
}

/** @returns what is left for this worker; undefined when the time was over before */
async function compactAll(work: UnitWork, isDry: boolean): Promise<Survey | undefined> {
  const { log, time, compaction } = work
  while (compaction.now() < time.deadline) {
    const newest = await log.newest()
    if (newest && !newest.done && !isDry) {
      if (isOthers(newest.plan, work)) return { remaining: 0, isOver: false }
      if (!(await finish(newest, false, work))) return undefined
      continue
    }
    const state = newest ? stateAfter(newest) : await beginLog(work)
    if (!state) continue
    const found = await lookAround(state, work, isDry)
    if (!found) continue
    if (isDry) return found
    if (!found.plan) return found.isOver ? undefined : found
    if (!(await log.createPlan(found.plan))) continue
    if (!(await finish({ plan: found.plan }, true, work))) return undefined
  }
  return undefined
}

/** Errors that a worker may meet because another one has gone on. */
const OVERTAKEN: ErrorCode[] = ['STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING', 'STORE_OBJECT_DIFFERS']

/** @returns undefined when another worker has gone on meanwhile, so that what was seen is of no use */
async function lookAround(state: LogState, work: UnitWork, isDry: boolean): Promise<Survey | undefined> {
  try {
    const found = await survey(state, work, isDry)
    if (found.plan) await assertFreeKeys(found.plan, work)
    if (!found.stale) return found
    if (await hasGoneOn(state, work)) return undefined
    if (work.compaction.policy === 'log') return found
    const message = `${found.stale} is gone, although its records are in no object yet`
    throw new CodedError('STAGED_OBJECT_DAMAGED', message)
  } catch (thrown) {
    const { code } = asCodedError(thrown)
    if (OVERTAKEN.includes(code) && (await hasGoneOn(state, work))) return undefined
    throw thrown
  }
}

async function hasGoneOn(state: LogState, { log }: UnitWork): Promise<boolean> {
  const newest = await log.newest()
  return newest ? newest.plan.sequence !== state.sequence : state.sequence >= (state.first ?? 0)
}

/** Whether another worker is likely to be carrying the plan out. A worker finishes its own before it looks for the next one. */
function isOthers({ created }: Plan, { compaction, time }: UnitWork): boolean {
  const age = compaction.now() - created
  return age >= 0 && age < (time.leaveToOthersMs ?? 0)
}

/** The state before the first entry. @returns undefined when another worker has created it, whose outputs were listed, too */
async function beginLog({ unit, compaction, log }: UnitWork): Promise<LogState | undefined> {
  await assertNoOtherUnit(unit, compaction)
  const { positions, sequence } = await whatIsThere(unit, compaction)
  return (await log.newest()) ? undefined : firstState(positions, sequence)
}

/** What the partitions' logs have taken, the topic's would take again, and the other way round. */
async function assertNoOtherUnit({ topic, partition }: Unit, { store, prefix }: Compaction): Promise<void> {
  const folder = `${logsFolder(prefix)}${encodeSegment(topic)}/`
  const others = partition === 'all' ? folder : `${folder}all/`
  for await (const { key } of store.list(others)) {
    const other = key.slice(folder.length, key.indexOf('/', folder.length))
    if (!/^(all|\d+)$/.test(other) || other === String(partition)) continue
    const kind = other === 'all' ? 'across its partitions' : 'by partition'
    throw new CodedError('COMMIT_LOG_OTHER_UNIT', `${topic} was compacted ${kind} so far: ${key}`, { topic })
  }
}

function report({ unit, tally }: UnitWork, left: Survey | undefined): UnitReport {
  const { outputs, quarantined, deleted } = tally
  return {
    unit,
    outputs,
    bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
    records: outputs.reduce((sum, { records }) => sum + records, 0),
    quarantined,
    deleted,
    remaining: left?.remaining ?? 0,
    oldestStaged: left?.oldestStaged,
    unfinished: left === undefined,
    ...(left?.plan ? { planned: left.plan } : {}),
  }
}
