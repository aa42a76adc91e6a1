import type { CommitStore } from '../commits/commit-store.ts'
import type { PlannedInput, ReplacedObject } from '../commits/entry.ts'
import { holdsOffset } from '../commits/offset-runs.ts'
import { CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import { parseStagedKey } from '../staging/name.ts'
import { offsetsOf } from '../staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../staging/staged-index.ts'
import type { StagedName } from '../staging/staged-object.ts'
import type { Compaction } from './compaction.ts'
import { formOfExtension } from './object-form.ts'

/**
 * The records that a plan takes of a staged object, frame by frame, in one request.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function* readInput(
  { key, keep }: PlannedInput,
  frames: readonly number[],
  store: CommitStore,
  prefix: string,
): AsyncIterable<StoredRecord[]> {
  const body = await store.get(key)
  const object = { key, name: parseStagedKey(prefix, key) as StagedName, size: body.length }
  const index = await readStagedIndex(object, async (start, end) => body.subarray(start, end))
  const { joining } = await formats[index.form.format].load()
  for (const number of frames) {
    const frame = index.frames[number]
    if (!frame) throw new CodedError('STAGED_OBJECT_DAMAGED', `${key} has no frame ${number}`)
    const bytes = checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes))
    const { topic, partition } = index
    const lines = { topic, partition, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
    const records = await joining.records(bytes, index.form, lines)
    yield keep ? records.filter(({ offset }) => holdsOffset(keep, offset)) : records
  }
}

/**
 * The records of a committed object, in its order, in memory that doesn't grow with the object.
 *
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function* readObject(
  { key, bytes }: Pick<ReplacedObject, 'key' | 'bytes'>,
  { store, keys, format }: Compaction,
): AsyncIterable<StoredRecord[]> {
  const form = formOfExtension(keys.parse(key)?.extension ?? '', format)
  const { read } = await formats[form.format].load()
  if (!read) throw new CodedError('RECORD_UNDECODABLE', `${key} keeps values only: its records can't be told apart`)
  const slice = (start: number, end: number) => store.slice(key, start, end)
  yield* read({ size: bytes, slice, stream: () => store.stream(key) }, form.compression)
}

/** What is replaced was emptied meanwhile, so another worker has made everything. */
export class Overtaken extends Error {}

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
