import { unitsWithLog } from '../commits/log-units.ts'
import { committedUnit } from './committed.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import { listedObjects, stagedObjects } from './listing.ts'

/** The objects of a topic, by partition. */
export type TopicObjects = Map<number | 'all', DumpedObject[]>

/** The objects of several dumps, by topic and partition. */
export type Catalog = Map<string, TopicObjects>

/**
 * Finds the objects of dumps: those that commit logs name, the others that are listed, and the batches that are staged.
 *
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readCatalog(sources: readonly DumpSource[]): Promise<Catalog> {
  const catalog: Catalog = new Map()
  for (const source of sources) for await (const object of objectsOf(source)) add(catalog, object)
  return catalog
}

async function* objectsOf(source: DumpSource): AsyncGenerator<DumpedObject> {
  const known = new Set<string>()
  for await (const unit of unitsWithLog(source.store, source.prefix)) {
    const { objects, excluded } = await committedUnit(unit, source)
    for (const key of excluded) known.add(key)
    for (const { key } of objects) known.add(key)
    yield* objects
  }
  for await (const object of listedObjects(source)) if (!known.has(object.key)) yield object
  yield* stagedObjects(source)
}

function add(catalog: Catalog, object: DumpedObject): void {
  const topic = catalog.get(object.topic) ?? new Map<number | 'all', DumpedObject[]>()
  catalog.set(object.topic, topic)
  const objects = topic.get(object.partition)
  if (objects) objects.push(object)
  else topic.set(object.partition, [object])
}
