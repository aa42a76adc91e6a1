import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import { encode, type FormatSettings } from '../../../lib/formats/encode.ts'
import type { ObjectKeys } from '../../../lib/objects/key.ts'
import type { EncodedStagedObject } from '../../../lib/staging/layout.ts'
import { stagedObject } from '../../../lib/staging/stage.ts'
import { type Batch, idOf } from './source.ts'

/** What was encoded before: the same batch has the same object in every history. Forgotten all at once. */
const known = new Map<string, EncodedStagedObject>()
const MOST_KNOWN = 20_000

/** Stages a batch as `dump` does. */
export async function stage(
  store: CommitStore,
  batch: Batch,
  form: FormatSettings,
  keys: ObjectKeys,
  prefix = '',
): Promise<void> {
  const { key, body } = await encodeOnce(batch, form, keys, prefix)
  await store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
}

async function encodeOnce(
  batch: Batch,
  form: FormatSettings,
  keys: ObjectKeys,
  prefix: string,
): Promise<EncodedStagedObject> {
  const { format, compression, includeHeaders } = form
  const name = [prefix, format, compression, includeHeaders, ...keys.divide(batch).map(({ path }) => path)]
    .concat(batch.map(record => `${idOf(record)} ${record.key} ${record.timestamp}`))
    .join()
  const staged = known.get(name) ?? (await stagedObject(prefix, keys.divide(batch), form))
  if (known.size === MOST_KNOWN) known.clear()
  known.set(name, staged)
  return staged
}

/** The objects that a dump without rotation makes of a batch. */
export async function earlierObjects(batch: Batch, form: FormatSettings, keys: ObjectKeys) {
  const objects = []
  for (const { range, path, records } of keys.divide(batch)) {
    const { body, extension } = await encode(records, form)
    objects.push({ key: keys.render({ ...range, path, extension }), body })
  }
  return objects
}
