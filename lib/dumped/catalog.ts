import type { Unit } from '../commits/entry.ts'
import { unitsWithLog } from '../commits/log-units.ts'
import { committedUnit } from './committed.ts'
import type { ConsumedOffsets } from './consumed.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import { listedObjects, type PassedOver, stagedObjects, type UnknownObject } from './listing.ts'

/** The objects of a topic, by partition. */
export type TopicObjects = Map<number | 'all', DumpedObject[]>

/** Objects that were passed over for the same reason: how many there are at least, and the key of the first one. */
export interface PassedOverObjects extends PassedOver {
  objects: number
}

/** The objects of several dumps. */
export interface Catalog {
  topics: Map<string, TopicObjects>
  unknown: UnknownObject[]
  passedOver: PassedOverObjects[]
  /** By topic, what commit logs of units say that only the newest record of each key was kept of. */
  consumed: Map<string, ConsumedBySource[]>
}

interface ConsumedBySource {
  source: DumpSource
  unit: Unit
  offsets: ConsumedOffsets
}

/**
 * Finds the objects of dumps: the batches that are staged, those that commit logs name, and the others that are listed. In this
 * order, as compaction may run meanwhile: what it takes out of the staged ones is in the log that is read afterwards.
 *
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readCatalog(sources: readonly DumpSource[]): Promise<Catalog> {
  const catalog: Catalog = { topics: new Map(), unknown: [], passedOver: [], consumed: new Map() }
  for (const source of sources) for await (const object of objectsOf(source, catalog)) add(catalog, object)
  return catalog
}

async function* objectsOf(source: DumpSource, catalog: Catalog): AsyncGenerator<DumpedObject> {
  const staged = await Array.fromAsync(stagedObjects(source))
  const known = new Set<string>()
  for await (const unit of unitsWithLog(source.store, source.prefix)) {
    const { objects, excluded, consumed } = await committedUnit(unit, source)
    addConsumed(catalog, { source, unit, offsets: consumed })
    for (const key of excluded) known.add(key)
    for (const { key } of objects) known.add(key)
    yield* objects
  }
  const passedOver = new Map<string, PassedOverObjects>()
  yield* listedObjects(
    source,
    known,
    object => catalog.unknown.push(object),
    object => {
      const alike = passedOver.get(object.reason) ?? { ...object, objects: 0 }
      alike.objects++
      passedOver.set(object.reason, alike)
    },
  )
  for (const objects of passedOver.values()) catalog.passedOver.push(objects)
  yield* staged
}

/**
 * Finds out again what a dump has of the topic-partition of a staged batch that isn't there any longer: compaction has put it into
 * an object, most likely.
 *
 * @returns whether a commit log says so; otherwise the catalog stays as it is
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function readAgain(catalog: Catalog, { source, topic, partition, bounds }: DumpedObject) {
  if (partition === 'all' || !bounds) return false
  const objects = catalog.topics.get(topic)
  const staged = await Array.fromAsync(stagedObjects(source, { topic, partition }))
  const units = await Promise.all(
    [partition, 'all' as const].map(partition => committedUnit({ topic, partition }, source)),
  )
  if (!objects || !units.some(({ positions }) => (positions[partition] ?? 0) > bounds.last)) return false
  for (const { unit, objects: committed, excluded, consumed } of units) {
    addConsumed(catalog, { source, unit, offsets: consumed })
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

/** What was known of the unit before is out of date. */
function addConsumed({ consumed }: Catalog, one: ConsumedBySource): void {
  const { source, unit, offsets } = one
  const others = (consumed.get(unit.topic) ?? []).filter(
    known => known.source !== source || known.unit.partition !== unit.partition,
  )
  if (offsets.size > 0) others.push(one)
  consumed.set(unit.topic, others)
}

function add({ topics }: Catalog, object: DumpedObject): void {
  const topic = topics.get(object.topic) ?? new Map<number | 'all', DumpedObject[]>()
  topics.set(object.topic, topic)
  const objects = topic.get(object.partition)
  if (objects) objects.push(object)
  else topic.set(object.partition, [object])
}
