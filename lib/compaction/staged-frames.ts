import { boundsOf, countOf, holdsOffset, intersect } from '../commits/offset-runs.ts'
import type { OffsetRuns, StagedFrame, StagedIndex } from '../staging/staged-object.ts'
import type { PlannableFrame } from './plan.ts'
import type { StagedIndexes } from './staged-indexes.ts'
import type { StagedObject } from './unit-work.ts'

/** What an index, or a name, says of a frame. */
export type FrameOffsets = Pick<
  StagedFrame,
  'path' | 'bytes' | 'records' | 'offsets' | 'minTimestamp' | 'maxTimestamp' | 'large'
> &
  Pick<StagedIndex, 'adopted'>

/**
 * What planning needs to know of a frame, in memory that doesn't depend on its records. Which offsets it has isn't part of it:
 * where records alternate between paths, a frame has as many runs as records, and its object one.
 */
export interface FrameFacts extends Omit<FrameOffsets, 'offsets'> {
  /** Its place in the staged object. */
  frame: number
  firstOffset: number
  lastOffset: number
}

/**
 * The frames of a staged object: from its name if that tells, else from its index.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `COMMIT_LOG_NEWER`, `STORE_OBJECT_MISSING`
 */
export async function framesOf(object: StagedObject, indexes: StagedIndexes): Promise<FrameOffsets[]> {
  const named = frameOfName(object)
  if (named) return [named]
  const { frames, adopted } = await indexes.read(object)
  return adopted ? frames.map(frame => ({ ...frame, adopted })) : frames
}

/** Undefined when the name doesn't tell. */
function frameOfName({ name, size }: StagedObject): FrameOffsets | undefined {
  if (!name.only) return undefined
  const { firstOffset, records, minTimestamp, maxTimestamp, only } = name
  return { path: only.path, bytes: size, records, offsets: [[firstOffset, records]], minTimestamp, maxTimestamp }
}

/**
 * The frames of which something is taken.
 *
 * @param keep the offsets that are taken; absent: all
 */
export function factsOf(frames: FrameOffsets[], keep?: OffsetRuns): FrameFacts[] {
  return frames.flatMap(({ path, bytes, minTimestamp, maxTimestamp, large, adopted, ...all }, frame) => {
    const offsets = keep ? intersect(all.offsets, keep) : all.offsets
    if (offsets.length === 0) return []
    const { first, last } = boundsOf(offsets)
    const records = keep ? countOf(offsets) : all.records
    const bounds = { firstOffset: first, lastOffset: last }
    return {
      ...{ frame, path, bytes, records, ...bounds, minTimestamp, maxTimestamp },
      ...(large ? { large: keep ? large.filter(offset => holdsOffset(offsets, offset)) : large } : {}),
      ...(adopted ? { adopted } : {}),
    }
  })
}

/** A frame as it can be planned. */
export function plannable({ key, name, staged }: StagedObject, { large = [], ...facts }: FrameFacts): PlannableFrame {
  const { partition, form, extension } = name
  return { ...facts, key, partition, form, extension, staged, large }
}
