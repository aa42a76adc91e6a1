import type { Gap, LatestObject, LatestPlan, LatestState, Plan } from '../commits/entry.ts'
import { formats } from '../formats/index.ts'
import { type LatestMaking, makePiece } from './latest-piece.ts'
import { newRecords, presentObjects } from './latest-plan.ts'
import { assertUnchanged, Overtaken } from './latest-read.ts'
import { SLICES, type SliceRange } from './latest-slice.ts'
import { SURVIVORS_BYTES, Survivors } from './latest-survivors.ts'
import { replaceObjects } from './replace.ts'
import { type HiddenOutput, type HiddenPiece, hiddenFolder, readPieces } from './replace-hidden.ts'
import type { UnitWork } from './unit-work.ts'

/** Pieces that are complete, by their first slice. */
type Pieces = Map<number, HiddenPiece>

/** What a plan that keeps the newest records has made. */
export interface WrittenLatest {
  outputs: LatestObject[]
  latest: LatestState
}

/**
 * Carries out a plan that keeps the newest records: writes hidden objects, piece by piece, and puts them in the place of those
 * that they replace. Pieces that are there already stay as they are. Memory doesn't depend on the number of records.
 *
 * @param memory bytes that new records may take: see {@link Survivors}
 * @returns undefined when the time is over before all is there
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `STORE_OBJECT_DIFFERS`, and those of the store
 */
export async function writeLatest(
  { plan, gap }: { plan: Plan; gap?: Gap },
  work: UnitWork,
  memory = SURVIVORS_BYTES,
): Promise<WrittenLatest | undefined> {
  const { latest, replaced = [], sequence } = plan
  const { compaction, log } = work
  if (!latest) return undefined
  const giveBack = await work.memory.take(memory + compaction.partSize + formats[latest.form.format].holdsBackBytes)
  try {
    const folder = hiddenFolder(compaction.prefix, work.unit, sequence)
    const hidden = await makeAll({ plan, gap, latest, replaced, folder, work }, memory)
    if (!hidden) return undefined
    const outputs = await replaceObjects(plan, hidden, compaction)
    const { latest: before } = await presentObjects(log)
    return { outputs, latest: latestAfter(plan, before, outputs) }
  } finally {
    giveBack()
  }
}

async function makeAll(making: LatestMaking, memory: number): Promise<HiddenOutput[] | undefined> {
  const { latest, folder, work } = making
  const pieces = await readPieces(work.compaction.store, folder)
  const hidden: HiddenOutput[] = []
  for (let from = firstSlice(latest, 0); from < SLICES; ) {
    const piece = pieces.get(from) ?? (await makePieces(making, pieces, from, memory))
    if (!piece) return undefined
    for (const output of piece.outputs) hidden.push(output)
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
async function makePieces(making: LatestMaking, pieces: Pieces, from: number, memory: number) {
  const { compaction, time } = making.work
  try {
    const survivors = await newestFrom(making, from, memory)
    for (const [first, end] of piecesWithin(making.latest, survivors.range)) {
      if (compaction.now() >= time.deadline) break
      const piece = pieces.get(first) ?? (await makePiece(making, survivors, [first, end]))
      pieces.set(first, piece)
      // Another worker had more memory, or less.
      if (piece.to !== end) break
    }
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error
    for (const [first, piece] of await readPieces(compaction.store, making.folder)) pieces.set(first, piece)
    if (!pieces.has(from)) throw error
  }
  return pieces.get(from)
}

/** The newest of the new records, of the slices from one on for which memory suffices. */
async function newestFrom(making: LatestMaking, from: number, memory: number): Promise<Survivors> {
  const { plan, gap, latest, replaced, work } = making
  const survivors = new Survivors(from, latest.ranges, memory)
  const frames = latest.frames.filter(([input]) => !gap?.inputs.includes(input))
  const others = replaced.filter(({ slices }) => slices === undefined)
  for await (const records of newRecords({ inputs: plan.inputs, frames }, others, work))
    for (const record of records.reverse()) survivors.add(record)
  await assertUnchanged(others, work.compaction)
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
function latestAfter(plan: Plan, before: LatestState, outputs: LatestObject[]): LatestState {
  const replaced = new Set(plan.replaced?.map(({ key }) => key))
  const kept = before.objects.filter(({ key }) => !replaced.has(key))
  const { ranges = 1, others } = plan.latest ?? {}
  return { ranges, objects: [...kept, ...outputs], ...(others ? { others } : {}) }
}
