import type { PlannedInput, ReplacedObject } from '../commits/entry.ts'
import { CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
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

/** The records of an object that a plan replaces. @throws Overtaken when they can't be read because it isn't what it was */
export async function* readReplaced(object: ReplacedObject, compaction: Compaction): AsyncIterable<StoredRecord[]> {
  try {
    yield* readObject(object, compaction)
  } catch (error) {
    await assertUnchanged([object], compaction)
    throw error
  }
}

/** An object isn't what was committed: another worker has made everything and emptied it, or somebody has changed it. */
export class Overtaken extends CodedError {
  constructor(key: string) {
    const message = `${key} is not the object that was committed: its ETag differs. Nothing is deleted. Restore it, or take it out of the way.`
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
  for (const { key, etag } of objects) {
    const held = await store.head(key)
    if (held?.etag !== etag) throw new Overtaken(key)
  }
}
