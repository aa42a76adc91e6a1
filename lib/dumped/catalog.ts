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
 * Finds the objects of dumps: the batches that are staged, those that commit logs name, and the others that are listed. In this
 * order, as compaction may run meanwhile: what it takes out of the staged ones is in the log that is read afterwards.
 *
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readCatalog(sources: readonly DumpSource[]): Promise<Catalog> {
  const catalog: Catalog = { topics: new Map(), unknown: [] }
  for (const source of sources) for await (const object of objectsOf(source, catalog)) add(catalog, object)
  return catalog
}

async function* objectsOf(source: DumpSource, { unknown }: Catalog): AsyncGenerator<DumpedObject> {
  const staged = await Array.fromAsync(stagedObjects(source))
  const known = new Set<string>()
  for await (const unit of unitsWithLog(source.store, source.prefix)) {
    const { objects, excluded } = await committedUnit(unit, source)
    for (const key of excluded) known.add(key)
    for (const { key } of objects) known.add(key)
    yield* objects
  }
  yield* listedObjects(source, known, object => unknown.push(object))
  yield* staged
}

/**
 * Finds out again what a dump has of the topic-partition of a staged batch that isn't there any longer: compaction has put it into
 * an object, most likely.
 *
 * @returns whether a commit log says so; otherwise the catalog stays as it is
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readAgain({ topics }: Catalog, { source, topic, partition, bounds }: DumpedObject) {
  if (partition === 'all' || !bounds) return false
  const objects = topics.get(topic)
  const staged = await Array.fromAsync(stagedObjects(source, { topic, partition }))
  const units = await Promise.all(
    [partition, 'all' as const].map(partition => committedUnit({ topic, partition }, source)),
  )
  if (!objects || !units.some(({ positions }) => (positions[partition] ?? 0) > bounds.last)) return false
  for (const { unit, objects: committed, excluded } of units) {
    const before = objects.get(unit.partition) ?? []
    const own = new Map(before.filter(object => object.source === source).map(object => [object.key, object]))
    const others = before.filter(
      object => object.source !== source || (object.kind === 'listed' && !excluded.has(object.key)),
    )
    // What was known before stays the same, so that objects of all partitions aren't divided again.
    const now = committed.map(object => asBefore(object, own.get(object.key)))
    const keys = new Set(now.map(({ key }) => key))
    const all = [...others.filter(object => object.source !== source || !keys.has(object.key)), ...now]
    objects.set(unit.partition, unit.partition === 'all' ? all : [...all, ...staged])
  }
  return true
}

function asBefore(object: DumpedObject, before: DumpedObject | undefined): DumpedObject {
  return before?.kind === object.kind && before.size === object.size ? before : object
}

function add({ topics }: Catalog, object: DumpedObject): void {
  const topic = topics.get(object.topic) ?? new Map<number | 'all', DumpedObject[]>()
  topics.set(object.topic, topic)
  const objects = topic.get(object.partition)
  if (objects) objects.push(object)
  else topic.set(object.partition, [object])
}
