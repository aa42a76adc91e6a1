import type { PlannedInput, ReplacedObject } from '../commits/entry.ts'
import { REPLACED_BY } from '../commits/object-metadata.ts'
import { asCodedError, CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { HeldObject } from '../s3/store.ts'
import { parseStagedKey } from '../staging/name.ts'
import type { StagedFrame, StagedName } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import { extensionOf, formOfExtension } from './object-form.ts'
import { readFrames, recordsOf } from './staged-reading.ts'
import type { UnitWork } from './unit-work.ts'

/**
 * The records that a plan takes of a staged object, frame by frame, in one request.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`
 */
export async function* readInput(
  { key, bytes, keep }: PlannedInput,
  frames: number[],
  work: UnitWork,
): AsyncIterable<StoredRecord[]> {
  const name = parseStagedKey(work.compaction.prefix, key) as StagedName
  const { index, bodies } = await readFrames({ key, name, size: bytes }, frames, work)
  for (const [number, body] of bodies) yield await recordsOf(index, index.frames[number] as StagedFrame, body, keep)
}

/**
 * The records of a committed object, in its order, in memory that doesn't grow with the object.
 *
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function* readObject(
  { key, bytes }: Pick<ReplacedObject, 'key' | 'bytes'>,
  { store, format }: Compaction,
): AsyncIterable<StoredRecord[]> {
  const form = formOfExtension(extensionOf(key), format)
  const { read } = await formats[form.format].load()
  if (!read) throw new CodedError('RECORD_UNDECODABLE', `${key} keeps values only: its records can’t be told apart`)
  const slice = (start: number, end: number) => store.slice(key, start, end)
  yield* read({ size: bytes, slice, stream: () => store.stream(key) }, form.compression)
}

/**
 * The records of an object that a plan replaces. One that is gone has none: a lifecycle rule or a person has deleted it, as an
 * object that was replaced stays, emptied, for longer than any worker lives. Nothing can be there twice because of it.
 *
 * @throws Overtaken when they can't be read because it isn't what it was
 */
export async function* readReplaced(object: ReplacedObject, compaction: Compaction): AsyncIterable<StoredRecord[]> {
  let isBegun = false
  try {
    for await (const records of readObject(object, compaction)) {
      isBegun = true
      yield records
    }
  } catch (error) {
    const isGone = asCodedError(error).code === 'STORE_OBJECT_MISSING' && !isBegun
    if (isGone) return compaction.logger.warn('An object with the newest records is gone', { key: object.key })
    await assertUnchanged([object], compaction)
    throw error
  }
}

/** An object isn't what was committed: another worker has made everything and emptied it, or somebody has changed it. */
export class Overtaken extends CodedError {
  constructor(key: string) {
    const message = `${key} is not the object that was committed: something else has written it. Nothing is deleted. Restore it, or take it out of the way.`
    super('STORE_OBJECT_DIFFERS', message)
  }
}

/**
 * Checks that what was read of objects is what was committed. An object never becomes again what it was, so that checking
 * afterwards is enough.
 *
 * @throws Overtaken when one of them isn't what it was
 */
export async function assertUnchanged(objects: readonly ReplacedObject[], { store }: Compaction): Promise<void> {
  for (const object of objects) {
    const held = await store.head(object.key)
    if (held && !isUnchanged(held, object)) throw new Overtaken(object.key)
  }
}

/**
 * Whether an object is what was committed. A copy of the bucket has other ETags where objects were written in parts: then its size
 * and the metadata tell. Source: Amazon S3 User Guide, "Checking object integrity", on ETags of multipart uploads.
 */
export function isUnchanged({ etag, size, metadata }: HeldObject, object: ReplacedObject): boolean {
  const isCopy = size === object.bytes && metadata.plan !== undefined && metadata[REPLACED_BY] === undefined
  return etag === object.etag || isCopy
}
