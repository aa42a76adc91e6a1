import type { ObjectStore } from '../s3/store.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import type { SentRecord } from './test-record.ts'

/**
 * The key of the staged object with the record; undefined until it is staged, and again when it is in an object.
 *
 * @param prefix the connector's folder, without slashes at either end
 */
export async function findStaged(
  { topic, partition, offset }: SentRecord,
  prefix: string,
  store: Pick<ObjectStore, 'list'>,
): Promise<string | undefined> {
  for await (const { key } of store.list(stagingFolder(prefix, topic, partition))) {
    const name = parseStagedKey(prefix, key)
    if (name && name.firstOffset <= offset && offset <= name.lastOffset) return key
  }
  return undefined
}

/** The key of a staged object; undefined when nothing is staged. */
export async function firstStaged(prefix: string, store: Pick<ObjectStore, 'list'>): Promise<string | undefined> {
  for await (const { key } of store.list(stagingFolder(prefix))) if (parseStagedKey(prefix, key)) return key
  return undefined
}
