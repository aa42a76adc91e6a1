import type { Unit } from '../commits/entry.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import type { Compaction } from './compaction.ts'
import type { StagedObject } from './unit-work.ts'

/**
 * The staged objects of a unit, or of all, in the order of their keys. Objects whose names aren't ours are left alone, each with
 * a warning.
 */
export async function* listStaged(
  { store, prefix, logger }: Pick<Compaction, 'store' | 'prefix' | 'logger'>,
  unit?: Unit,
): AsyncGenerator<StagedObject> {
  const partition = unit?.partition === 'all' ? undefined : unit?.partition
  for await (const { key, size, modified } of store.list(stagingFolder(prefix, unit?.topic, partition))) {
    const name = parseStagedKey(prefix, key)
    if (name) yield { key, name, size, staged: modified }
    else logger.warn('Not a staged object: it is left alone', { key })
  }
}
