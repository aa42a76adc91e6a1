import { STAGING_FOLDER } from '../staging/name.ts'
import { digestOfBytes, unlessGone } from './staged-reading.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** The folder of staged objects that need a person's eyes. Readers pass over it. */
export const QUARANTINE_FOLDER = '_quarantine'

/** `<prefix>/_quarantine/<topic>/<partition>/<name>`. Of a damaged object, the digest of what is left of it follows. */
export function quarantineKey(prefix: string, stagedKey: string, damaged?: string): string {
  const folder = prefix === '' ? '' : `${prefix}/`
  return `${folder}${QUARANTINE_FOLDER}${stagedKey.slice(folder.length + STAGING_FOLDER.length)}${damaged ? `~${damaged}` : ''}`
}

/** Why an object is put aside that isn't as it was staged. */
export const DAMAGED = 'it is damaged'

/**
 * Puts a staged object aside: it is copied before it is deleted, so it can't be lost. Several workers may do it at once.
 *
 * A batch that comes again has the same key, and takes the place of what is damaged. So an object that is whole is never put aside
 * as damaged, and none is deleted that was written since it was read. What is written between the last two requests, HEAD and
 * DELETE, is deleted nevertheless: stores don't delete by condition. Its batch can be read from Kafka once more, as its offsets
 * are missing in the log.
 */
export async function quarantine({ key, name }: StagedObject, reason: string, work: UnitWork): Promise<void> {
  const { store, prefix, logger, telemetry } = work.compaction
  const before = await store.head(key)
  const body = await store.get(key).catch(unlessGone)
  // Another worker has put it aside.
  if (!body) return
  const digest = digestOfBytes(body)
  if (reason === DAMAGED && digest === name.digest) return
  const aside = quarantineKey(prefix, key, digest === name.digest ? undefined : digest)
  await store.create({ key: aside, body, contentType: 'application/octet-stream', metadata: { reason } })
  const held = await store.head(key)
  if (held && held.etag !== before?.etag) return
  await store.delete([key])
  work.tally.quarantined++
  telemetry.add('Quarantined', 1)
  const { topic, partition, firstOffset, lastOffset } = name
  logger.error('Staged object put into quarantine', { topic, partition, firstOffset, lastOffset, key: aside, reason })
}
