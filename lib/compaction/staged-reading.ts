import { holdsOffset } from '../commits/offset-runs.ts'
import { shortDigest } from '../digest.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import { freeBuffer } from '../free-buffer.ts'
import { DIGEST_DIGITS } from '../staging/name.ts'
import { offsetsOf } from '../staging/runs.ts'
import { checkedFrame, type NamedObject, readStagedIndex } from '../staging/staged-index.ts'
import type { OffsetRuns, StagedFrame, StagedIndex } from '../staging/staged-object.ts'
import type { UnitWork } from './unit-work.ts'

/** Reads of an object after which it counts as damaged: what came damaged over the network is whole the next time. */
const MAX_READS = 3

/** Some frames of a staged object, checked. */
export interface ReadFrames {
  index: StagedIndex
  /** By their number. They share memory. */
  bodies: Map<number, Buffer>
  /** Frees this memory at once; the bodies must not be used afterwards. */
  free(): void
}

/**
 * Reads frames of a staged object in one request: of the whole object, unless it is known that less is needed.
 *
 * @param wanted numbers of frames; absent: all
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `COMMIT_LOG_NEWER`
 */
export async function readFrames(
  object: NamedObject,
  wanted: number[] | undefined,
  work: UnitWork,
): Promise<ReadFrames> {
  return await untilWhole(() => readOnce(object, wanted, work))
}

/** Repeats a read of which the result is damaged. */
export async function untilWhole<T>(read: () => Promise<T>): Promise<T> {
  for (let reads = 1; ; reads++) {
    try {
      return await read()
    } catch (error) {
      if (reads === MAX_READS || asCodedError(error).code !== 'STAGED_OBJECT_DAMAGED') throw error
    }
  }
}

async function readOnce(object: NamedObject, wanted: number[] | undefined, work: UnitWork): Promise<ReadFrames> {
  const { indexes, compaction } = work
  const { key } = object
  const known = indexes.known(key)
  const needed = known && wanted ? wanted.map(frame => frameOf(known, frame)) : undefined
  if (known && needed && needed.length < known.frames.length) {
    const start = needed.reduce((least, frame) => Math.min(least, frame.start), Number.POSITIVE_INFINITY)
    const end = needed.reduce((most, frame) => Math.max(most, frame.start + frame.bytes), 0)
    const bytes = await compaction.store.slice(key, start, end)
    return {
      index: known,
      bodies: checked(object, known, wanted as number[], { bytes, start }),
      free: () => freeBuffer(bytes),
    }
  }
  const bytes = await compaction.store.get(key)
  const index = await readStagedIndex({ ...object, size: bytes.length }, async (start, end) =>
    bytes.subarray(start, end),
  )
  indexes.keep(key, index)
  const bodies = checked(object, index, wanted ?? [...index.frames.keys()], { bytes, start: 0 })
  return { index, bodies, free: () => freeBuffer(bytes) }
}

function checked(object: NamedObject, index: StagedIndex, wanted: number[], read: { bytes: Buffer; start: number }) {
  return new Map(
    wanted.map(number => {
      const frame = frameOf(index, number)
      const from = frame.start - read.start
      return [number, checkedFrame(object, frame, read.bytes.subarray(from, from + frame.bytes))]
    }),
  )
}

export function frameOf({ frames }: StagedIndex, number: number): StagedFrame {
  const frame = frames[number]
  if (!frame)
    throw new CodedError('COMMIT_LOG_DAMAGED', `A plan names frame ${number} of an object that has ${frames.length}`)
  return frame
}

/** The records of a frame with these offsets. @param keep absent: all */
export async function recordsOf(
  { topic, partition, form }: StagedIndex,
  { offsets, lengths }: StagedFrame,
  body: Buffer,
  keep?: OffsetRuns,
): Promise<StoredRecord[]> {
  const { joining } = await formats[form.format].load()
  const records = await joining.records(body, form, { topic, partition, offsets: offsetsOf(offsets), lengths })
  return keep ? records.filter(({ offset }) => holdsOffset(keep, offset)) : records
}

/** Whether the object has the bytes that its name has the digest of. @throws CodedError `STORE_OBJECT_MISSING` */
export async function isWhole({ key, name }: NamedObject, { compaction }: UnitWork): Promise<boolean> {
  for (let reads = 1; reads <= MAX_READS; reads++)
    if (digestOfBytes(await compaction.store.get(key)) === name.digest) return true
  return false
}

/** The digest by which names tell staged objects apart. */
export function digestOfBytes(bytes: Buffer): string {
  return shortDigest(bytes, DIGEST_DIGITS)
}

/** Undefined for a missing object; any other error is thrown. */
export function unlessGone(error: unknown): undefined {
  if (!(error instanceof CodedError && error.code === 'STORE_OBJECT_MISSING')) throw error
}
