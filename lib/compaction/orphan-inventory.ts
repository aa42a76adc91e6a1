import type { ObjectKeys } from '../objects/key.ts'
import type { InventoryPlace } from './inventory.ts'
import type { InventoryLine } from './inventory-line.ts'
import { deleteOrphans, findOrphans } from './orphans.ts'

/** Large values that no record names. @param remove deletes those that are old enough for no batch to name them yet */
export async function* orphanLines(
  { store, prefix, topic, keys }: InventoryPlace & { keys: ObjectKeys },
  remove: boolean,
): AsyncGenerator<InventoryLine> {
  const place = { store, prefix, keys, now: Date.now }
  for (const orphan of await findOrphans(place)) {
    if (topic !== undefined && orphan.topic !== topic) continue
    const deleted = remove && (await deleteOrphans([orphan], place)).length > 0
    const { key, size, modified, partition, offset } = orphan
    yield { type: 'orphan', topic: orphan.topic, partition, offset, key, bytes: size, written: modified, deleted }
  }
}
