import pMap from 'p-map'
import type { Unit } from '../commits/entry.ts'
import { logFolder } from '../commits/log-key.ts'
import { asCodedError, type CodedError } from '../error.ts'
import { compactUnit, MAX_HELD } from './compact-unit.ts'
import type { Compaction, RunTime, UnitReport } from './compaction.ts'
import { dueReader, type StagedSummary, summarize } from './due.ts'
import { HeldMemory } from './held-memory.ts'
import { listStaged } from './staged-listing.ts'

/** Units that are compacted at the same time: while one writes, others list and plan. */
const UNITS_AT_ONCE = 4

export interface CompactionRun {
  time: RunTime
  /** Only these. Absent: all units of which something may be due. */
  units?: Unit[]
  /** Whether units are compacted of which, by their names, nothing is due: by commands. */
  all?: boolean
  /** Plans without creating, deleting or moving anything. */
  dryRun?: boolean
  /** Is told when units were listed, and after each. */
  onProgress?(progress: RunProgress): void
}

export interface RunProgress {
  units: number
  done: number
  /** The unit that was compacted last. */
  report?: UnitReport
}

export interface RunReport {
  /** Units that were compacted, or of which the time ended the work. */
  reports: UnitReport[]
  /** Units that wait for another invocation, the oldest first. */
  left: Unit[]
  /** Units that failed, with the reason. The others are not affected. */
  failed: { unit: Unit; error: CodedError }[]
  /** Staged objects and their bytes, when the run began; none when the run was told its units. */
  staged: { objects: number; bytes: number; oldest?: number }
}

/** A unit with what its names say. */
interface Staged {
  unit: Unit
  summary: StagedSummary
}

/**
 * Compacts all units of which something may be due, the oldest first, as many as the time allows. What one unit's error stops is
 * that unit.
 *
 * @throws CodedError of the store when what is staged can't be listed
 */
export async function compact(compaction: Compaction, run: CompactionRun): Promise<RunReport> {
  const staged = run.units ? [] : await listUnits(compaction)
  const report: RunReport = { reports: [], left: [], failed: [], staged: measure(staged) }
  const units = run.units ?? dueUnits(staged, compaction, run.all ?? false)
  const memory = new HeldMemory(MAX_HELD)
  const tell = (last?: UnitReport) => {
    const done = report.reports.length + report.left.length + report.failed.length
    run.onProgress?.({ units: units.length, done, report: last })
  }
  tell()
  const compactOne = async (unit: Unit) => {
    if (compaction.now() >= run.time.deadline) return report.left.push(unit)
    try {
      const one = await compactUnit(unit, compaction, run.time, { memory, isDry: run.dryRun })
      report.reports.push(one)
      if (one.unfinished) report.left.push(unit)
      return tell(one)
    } catch (thrown) {
      report.failed.push({ unit, error: asCodedError(thrown) })
      return tell()
    }
  }
  await pMap(units, compactOne, { concurrency: UNITS_AT_ONCE })
  return report
}

/** Keeps a summary of each unit, not the names: there may be many. */
async function listUnits(compaction: Compaction): Promise<Staged[]> {
  const units = new Map<string, Staged>()
  const across = new Map<string, boolean>()
  for await (const object of listStaged(compaction)) {
    const { topic, partition } = object.name
    const isAcross = across.get(topic) ?? (await isCompactedAcross(topic, compaction))
    across.set(topic, isAcross)
    const unit: Unit = { topic, partition: isAcross ? 'all' : partition }
    const place = `${topic}/${unit.partition}`
    units.set(place, { unit, summary: summarize(units.get(place)?.summary, object) })
  }
  return [...units.values()]
}

/** Where rotation was taken away, the topic's own log tells how it was. */
async function isCompactedAcross(topic: string, { rotation, store, prefix }: Compaction): Promise<boolean> {
  if (rotation) return rotation.across === 'topic'
  for await (const _ of store.list(logFolder(prefix, { topic, partition: 'all' }), { limit: 1 })) return true
  return false
}

function dueUnits(staged: Staged[], { rotation, now }: Compaction, all: boolean): Unit[] {
  const isDue = dueReader(rotation, now())
  const due = staged.filter(({ summary }) => all || isDue(summary))
  return due.toSorted((a, b) => a.summary.oldest - b.summary.oldest).map(({ unit }) => unit)
}

function measure(staged: Staged[]): RunReport['staged'] {
  const objects = staged.reduce((sum, { summary }) => sum + summary.objects, 0)
  const bytes = staged.reduce((sum, { summary }) => sum + summary.bytes, 0)
  if (staged.length === 0) return { objects, bytes }
  const oldest = staged.reduce((least, { summary }) => Math.min(least, summary.oldest), Number.POSITIVE_INFINITY)
  return { objects, bytes, oldest }
}
