import { unitsWithLog } from '../commits/log-units.ts'
import { committedUnit } from './committed.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import { listedObjects, stagedObjects, type UnknownObject } from './listing.ts'

/** The objects of a topic, by partition. */
export type TopicObjects = Map<number | 'all', DumpedObject[]>

/** The objects of several dumps. */
export interface Catalog {
  topics: Map<string, TopicObjects>
  unknown: UnknownObject[]
}

/**
 * Finds the objects of dumps: those that commit logs name, the others that are listed, and the batches that are staged.
 *
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readCatalog(sources: readonly DumpSource[]): Promise<Catalog> {
  const catalog: Catalog = { topics: new Map(), unknown: [] }
  for (const source of sources) for await (const object of objectsOf(source, catalog)) add(catalog, object)
  return catalog
}

async function* objectsOf(source: DumpSource, { unknown }: Catalog): AsyncGenerator<DumpedObject> {
  const known = new Set<string>()
  for await (const unit of unitsWithLog(source.store, source.prefix)) {
    const { objects, excluded } = await committedUnit(unit, source)
    for (const key of excluded) known.add(key)
    for (const { key } of objects) known.add(key)
    yield* objects
  }
  yield* listedObjects(source, known, object => unknown.push(object))
  yield* stagedObjects(source)
}

function add({ topics }: Catalog, object: DumpedObject): void {
  const topic = topics.get(object.topic) ?? new Map<number | 'all', DumpedObject[]>()
  topics.set(object.topic, topic)
  const objects = topic.get(object.partition)
  if (objects) objects.push(object)
  else topic.set(object.partition, [object])
}
