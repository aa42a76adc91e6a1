import type { Gap, LatestObject, LatestPlan, LatestState, Plan, ReplacedObject, Unit } from '../commits/entry.ts'
import type { Compaction, RunTime } from './compaction.ts'
import { makePiece } from './latest-piece.ts'
import { newRecords } from './latest-plan.ts'
import { assertUnchanged, Overtaken } from './latest-read.ts'
import { SLICES, type SliceRange } from './latest-slice.ts'
import { Survivors } from './latest-survivors.ts'
import { changedObject } from './replace.ts'
import { type HiddenOutput, type HiddenPiece, hiddenFolder, readPieces } from './replace-hidden.ts'

/** A plan whose outputs are made. */
interface Work {
  plan: Plan
  gap?: Gap
  unit: Unit
  compaction: Compaction
  time: RunTime
  /** Bytes that new records may take: see {@link Survivors}. */
  memory?: number
}

/** A plan that keeps the newest records, on its way. */
interface LatestWork extends Work {
  latest: LatestPlan
  replaced: readonly ReplacedObject[]
  /** Of everything that is hidden. */
  folder: string
  /** By their first slice: those that are complete. */
  pieces: Map<number, HiddenPiece>
}

/**
 * Writes the newest records of the keys that a plan names into hidden objects, piece by piece; pieces that are there already
 * stay as they are. Memory doesn't depend on the number of records: see {@link Survivors}.
 *
 * @returns undefined when the time is over before all is there
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `STORE_OBJECT_DIFFERS`
 */
export async function makeLatest({ plan, compaction, ...work }: Work): Promise<HiddenOutput[] | undefined> {
  const { latest, replaced = [] } = plan
  if (!latest) return []
  const { store, prefix } = compaction
  const folder = hiddenFolder(prefix, work.unit, plan.sequence)
  const all: LatestWork = {
    ...work,
    plan,
    compaction,
    latest,
    replaced,
    folder,
    pieces: await readPieces(store, folder),
  }
  const hidden: HiddenOutput[] = []
  for (let from = firstSlice(latest, 0); from < SLICES; ) {
    const piece = all.pieces.get(from) ?? (await makePieces(all, from))
    if (!piece) return undefined
    hidden.push(...piece.outputs)
    from = firstSlice(latest, piece.to)
  }
  return hidden
}

/** The next slice that the plan writes; {@link SLICES} when there is none. */
function firstSlice({ slices }: LatestPlan, from: number): number {
  const range = slices.find(([, to]) => to > from)
  return range ? Math.max(range[0], from) : SLICES
}

/** Makes pieces from a slice on, as many as memory and time allow. @returns the first of them, if the time has allowed it */
async function makePieces(work: LatestWork, from: number): Promise<HiddenPiece | undefined> {
  const { compaction, time, pieces, latest } = work
  try {
    const survivors = await newestFrom(work, from)
    for (const [first, end] of piecesWithin(latest, survivors.range)) {
      if (compaction.now() >= time.deadline) break
      const piece = pieces.get(first) ?? (await makePiece(work, survivors, [first, end]))
      pieces.set(first, piece)
      // Another worker had more memory, or less.
      if (piece.to !== end) break
    }
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error
    for (const [first, piece] of await readPieces(compaction.store, work.folder)) pieces.set(first, piece)
    if (!pieces.has(from)) throw changedObject(error.message)
  }
  return pieces.get(from)
}

/** The newest of the new records, of the slices from one on for which memory suffices. */
async function newestFrom(work: LatestWork, from: number): Promise<Survivors> {
  const { plan, gap, latest, replaced, compaction } = work
  const survivors = new Survivors(from, latest.ranges, work.memory)
  const frames = latest.frames.filter(([input]) => !gap?.inputs.includes(input))
  const others = replaced.filter(({ slices }) => slices === undefined)
  for await (const records of newRecords({ inputs: plan.inputs, frames }, others, compaction))
    for (const record of records.reverse()) survivors.add(record)
  await assertUnchanged(others, compaction)
  return survivors
}

/** What is written within some slices: each piece within one range. */
function* piecesWithin({ slices, ranges }: LatestPlan, [first, end]: SliceRange): Iterable<SliceRange> {
  const width = SLICES / ranges
  for (const [from, to] of slices) {
    for (let start = Math.max(from, first); start < Math.min(to, end); ) {
      const next = Math.min(to, end, (Math.floor(start / width) + 1) * width)
      yield [start, next]
      start = next
    }
  }
}

/** What is there when the plan is done. */
export function latestAfter(plan: Plan, before: LatestState | undefined, outputs: LatestObject[]): LatestState {
  const replaced = new Set(plan.replaced?.map(({ key }) => key))
  const kept = before?.objects.filter(({ key }) => !replaced.has(key)) ?? []
  return { ranges: plan.latest?.ranges ?? 1, objects: [...kept, ...outputs] }
}
