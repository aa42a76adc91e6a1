import type { CommitStore } from '../commits/commit-store.ts'
import { stagingFolder } from '../staging/name.ts'
import type { AdoptedCopy } from './adopt-copy.ts'
import { unlessMissing } from './adopt-original.ts'

/** The folder of copies whose originals are still there. Compaction doesn't know it: only what is staged is taken. */
const ADOPTING_FOLDER = '_adopting'

/** Metadata of a copy: the original's key in base64url, as metadata holds no other characters. */
const ORIGINAL = 'original'

const CONTENT = { contentType: 'application/octet-stream' }

export function adoptingFolder(prefix: string): string {
  return `${prefix === '' ? '' : `${prefix}/`}${ADOPTING_FOLDER}/`
}

/** Where the copy waits that will be staged at this key. */
export function adoptingKey(prefix: string, stagedKey: string): string {
  return adoptingFolder(prefix) + stagedKey.slice(stagingFolder(prefix).length)
}

/** Creates the copy, unless it is there. @returns its key */
export async function createCopy(store: CommitStore, prefix: string, original: string, { key, body }: AdoptedCopy) {
  const copy = adoptingKey(prefix, key)
  const metadata = { [ORIGINAL]: Buffer.from(original).toString('base64url') }
  await store.create({ key: copy, body, ...CONTENT, metadata })
  return copy
}

/** Stages a copy whose original is gone. Does nothing when another worker has done it. */
export async function stageCopy(store: CommitStore, prefix: string, copy: string): Promise<void> {
  const key = stagingFolder(prefix) + copy.slice(adoptingFolder(prefix).length)
  const body = await unlessMissing(store.get(copy))
  if (!body) return
  await store.create({ key, body, ...CONTENT, metadata: {} })
  await store.delete([copy])
}

/**
 * Stages the copies whose originals are gone: an adoption was interrupted behind the deletion. The others will be found again
 * with their originals.
 */
export async function stageInterrupted(store: CommitStore, prefix: string): Promise<number> {
  let staged = 0
  for await (const { key } of store.list(adoptingFolder(prefix))) {
    const original = (await store.head(key))?.metadata[ORIGINAL]
    if (original === undefined) continue
    const held = await store.head(Buffer.from(original, 'base64url').toString())
    // Compaction may have made an object with the same name.
    if (held && held.metadata.plan === undefined) continue
    await stageCopy(store, prefix, key)
    staged += 1
  }
  return staged
}
