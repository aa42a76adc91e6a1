import { countOf, intersect } from '../commits/offset-runs.ts'
import type { OffsetRuns, StagedFrame, StagedIndex } from '../staging/staged-object.ts'
import type { PlannableFrame } from './plan.ts'
import type { StagedIndexes } from './staged-indexes.ts'
import type { StagedObject } from './unit-work.ts'

/** What planning needs to know of a frame. */
export type FrameFacts = Pick<
  StagedFrame,
  'path' | 'bytes' | 'records' | 'offsets' | 'minTimestamp' | 'maxTimestamp' | 'large'
> &
  Pick<StagedIndex, 'adopted'>

/**
 * The frames of a staged object: from its name if that tells, else from its index.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `COMMIT_LOG_NEWER`, `STORE_OBJECT_MISSING`
 */
export async function framesOf(object: StagedObject, indexes: StagedIndexes): Promise<FrameFacts[]> {
  const named = factsOfName(object)
  if (named) return named
  const { frames, adopted } = await indexes.read(object)
  return adopted ? frames.map(frame => ({ ...frame, adopted })) : frames
}

/** Undefined when the name doesn't tell. */
function factsOfName({ name, size }: StagedObject): FrameFacts[] | undefined {
  if (!name.only) return undefined
  const { firstOffset, records, minTimestamp, maxTimestamp, only } = name
  const offsets: OffsetRuns = [[firstOffset, records]]
  return [{ path: only.path, bytes: size, records, offsets, minTimestamp, maxTimestamp }]
}

/**
 * A frame as it can be planned; undefined when nothing of it is taken.
 *
 * @param keep the offsets that are taken; absent: all
 */
export function plannable(
  { key, name, staged }: StagedObject,
  facts: FrameFacts,
  frame: number,
  keep: OffsetRuns | undefined,
): PlannableFrame | undefined {
  const { path, bytes, minTimestamp, maxTimestamp, large = [], adopted } = facts
  const offsets = keep ? intersect(facts.offsets, keep) : facts.offsets
  const records = keep ? countOf(offsets) : facts.records
  if (records === 0) return undefined
  const { partition, form, extension } = name
  return {
    ...{ key, frame, path, partition, form, extension, bytes, offsets, records, minTimestamp, maxTimestamp, staged },
    ...(adopted ? { adopted } : {}),
    large: keep
      ? large.filter(offset => offsets.some(([first, count]) => first <= offset && offset < first + count))
      : large,
  }
}
