import type { OffsetRuns } from '../staging/staged-object.ts'
import type { LogEntry } from './commit-log.ts'
import type { CommittedObject, Done, Gap, MissingInput, Plan, PlannedOutput, RemainingInput } from './entry.ts'

/** Where a log stands: what its next entry begins with. */
export interface LogState {
  /** Of the newest entry; -1 when there is none. */
  sequence: number
  /** See {@link Plan.first}. */
  first?: number
  /** See {@link Plan.positions}. */
  positions: Record<string, number>
  /** See {@link Plan.earlier}. */
  earlier?: Record<string, number>
  /** Taken, and in no object yet. */
  remaining: RemainingInput[]
  /** In no object, because it was damaged. */
  missing: MissingInput[]
  /** See {@link Plan.late}. */
  late: number
  /** See {@link Plan.lateOffsets}. */
  lateOffsets?: Record<string, OffsetRuns>
}

/** The state behind an entry that is done. */
export function stateAfter({ plan, done, gap }: LogEntry): LogState {
  const { sequence, first, positions, earlier, late, lateOffsets } = plan
  const missing = [...(plan.gaps ?? []), ...(done && gap ? missingInputs(plan, done, gap) : [])]
  const gone = new Set(missing.map(({ key }) => key))
  const remaining = plan.remaining.filter(({ key }) => !gone.has(key))
  const begin = { ...(first ? { first } : {}), ...(earlier ? { earlier } : {}) }
  return { sequence, ...begin, positions, remaining, missing, late, ...(lateOffsets ? { lateOffsets } : {}) }
}

/**
 * The state of a log without entries.
 *
 * @param earlier the positions behind the objects that are there already
 * @param sequence the highest that names of objects tell, as no key may be used twice; -1 when none does
 */
export function firstState(earlier: Record<string, number>, sequence = -1): LogState {
  const before = Object.keys(earlier).length > 0 ? { earlier } : {}
  return {
    sequence,
    ...(sequence >= 0 ? { first: sequence + 1 } : {}),
    positions: earlier,
    ...before,
    remaining: [],
    missing: [],
    late: -1,
  }
}

/**
 * The inputs that outputs lack. Another worker may have written some of an input's outputs before the gap was decided, or an
 * earlier entry may have: then some of its offsets are in objects.
 */
function missingInputs(plan: Plan, done: Done, gap: Gap): MissingInput[] {
  const lacking = new Map(done.outputs.map(({ key, gap }) => [key, gap ?? 0]))
  return gap.inputs.flatMap((index, place) => {
    const lacks = ({ key }: PlannedOutput) => (lacking.get(key) ?? 0) > place
    const input = plan.inputs[index]
    const outputs = plan.outputs.filter(({ frames }) => frames.some(([of]) => of === index))
    // Where only the newest records are kept, outputs don't tell: one that is taken again is there once nevertheless.
    const isLacking = plan.latest !== undefined || outputs.some(lacks)
    if (!input || !isLacking) return []
    const missing = { key: input.key, partition: input.partition, offsets: effectiveOffsets(input) }
    const isInNone = plan.latest !== undefined || (!input.begun && outputs.every(lacks))
    return isInNone ? missing : { ...missing, partly: true as const }
  })
}

/** What an entry says is there: its outputs, or where only the newest records are kept, all objects. */
export function objectsAfter({ outputs, latest }: Done): CommittedObject[] {
  return latest ? [...(latest.others ?? []), ...latest.objects] : outputs
}

export const effectiveOffsets = ({ offsets, keep }: { offsets: OffsetRuns; keep?: OffsetRuns }) => keep ?? offsets
