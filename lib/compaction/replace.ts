import pMap from 'p-map'
import type { LatestObject, Plan, ReplacedObject } from '../commits/entry.ts'
import { REPLACED_BY } from '../commits/object-metadata.ts'
import { formats } from '../formats/index.ts'
import type { Compaction } from './compaction.ts'
import { isUnchanged, Overtaken } from './latest-read.ts'
import { contentOf, formOfExtension } from './object-form.ts'
import { assertMadeBy, type HiddenOutput } from './replace-hidden.ts'

/** Objects that are emptied or moved at the same time. */
const AT_ONCE = 8

/**
 * Puts what a plan made in the place of what it replaces. First all replaced objects become empty, then the outputs appear: a
 * reader misses some records for a moment, and never sees one twice. An emptied object isn't deleted, because a worker that
 * slept could create it again; {@link sweep} deletes it when no worker can be left that would.
 *
 * May be interrupted and repeated anywhere.
 *
 * @param hidden all outputs of the plan, complete
 * @returns the outputs at their keys
 * @throws CodedError `STORE_OBJECT_DIFFERS`
 */
export async function replaceObjects(
  plan: Plan,
  hidden: HiddenOutput[],
  compaction: Compaction,
): Promise<LatestObject[]> {
  const emptyOne = (object: ReplacedObject) => empty(object, plan, compaction)
  await pMap(plan.replaced ?? [], emptyOne, { concurrency: AT_ONCE })
  return await pMap(hidden, one => reveal(one, plan, compaction), { concurrency: AT_ONCE })
}

async function empty(object: ReplacedObject, plan: Plan, { store, keys, format }: Compaction): Promise<void> {
  const { key } = object
  const held = await store.head(key)
  // Deleted already, by a lifecycle rule or a person, or long after it was emptied.
  if (!held || held.metadata[REPLACED_BY] !== undefined) return
  if (!isUnchanged(held, object)) throw new Overtaken(key)
  const extension = keys.parse(key)?.extension ?? ''
  const form = formOfExtension(extension, plan.latest?.form ?? format)
  const { joining } = await formats[form.format].load()
  const body = Buffer.concat(await joining.begin(form, key).end())
  await store.put({
    key,
    body,
    ...contentOf(form),
    metadata: { ...held.metadata, [REPLACED_BY]: String(plan.sequence) },
  })
}

async function reveal(
  { hidden, output }: HiddenOutput,
  plan: Plan,
  { store, format }: Compaction,
): Promise<LatestObject> {
  const { key, bytes } = output
  const there = await store.head(key)
  if (!there) {
    const source = await store.head(hidden)
    assertMadeBy(hidden, plan.sequence, source, bytes)
    const writer = store.open({ key, ...contentOf(plan.latest?.form ?? format), metadata: metadataOf(output, plan) })
    try {
      for await (const chunk of store.stream(hidden)) await writer.write(chunk)
    } catch (error) {
      await writer.abort()
      throw error
    }
    const created = await writer.close()
    if (created) return { ...output, etag: created.etag }
  }
  return { ...output, etag: assertMadeBy(key, plan.sequence, there ?? (await store.head(key)), bytes).etag }
}

/** What a reader of the object's metadata learns about it. */
function metadataOf({ firstOffset, lastOffset, records, reason }: HiddenOutput['output'], { sequence }: Plan) {
  return {
    plan: String(sequence),
    'first-offset': String(firstOffset),
    'last-offset': String(lastOffset),
    'record-count': String(records),
    'closed-by': reason,
  }
}
