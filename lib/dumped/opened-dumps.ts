import { unite } from '../commits/offset-runs.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { type Catalog, type PassedOverObjects, readAgain, readCatalog, type TopicObjects } from './catalog.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { ReadingOptions } from './dumped-records.ts'
import type { ReadBeside, TakenRecords } from './reading.ts'
import { type SplitObject, splitTopic, type TopicSplit } from './topic-split.ts'

/** The objects that have something of a topic-partition. */
export interface PlaceObjects extends ReadBeside {
  objects: DumpedObject[]
  split: Map<DumpedObject, TakenRecords>
}

/** Dumps whose objects are known from their first use on. */
export class OpenedDumps {
  readonly #sources: readonly DumpSource[]
  #catalog: Promise<Catalog> | undefined
  readonly #divisions = new Map<string, Division[]>()

  constructor(sources: readonly DumpSource[]) {
    this.#sources = sources
  }

  /** @throws CodedError `DUMP_OBJECT_UNREADABLE` when no object tells its topic */
  async topics(): Promise<string[]> {
    const { topics, unknown } = await this.#known()
    if (topics.size === 0 && unknown[0]) throw unknown[0].error
    return [...topics.keys()]
  }

  /** Those of which nothing was found. */
  async empty(): Promise<DumpSource[]> {
    const { topics, unknown } = await this.#known()
    const found = new Set<DumpSource>()
    for (const objects of topics.values())
      for (const own of objects.values()) for (const { source } of own) found.add(source)
    return unknown.length > 0 ? [] : this.#sources.filter(source => !found.has(source))
  }

  async passedOver(): Promise<PassedOverObjects[]> {
    return (await this.#known()).passedOver
  }

  /** What each partition of a topic has. Objects of all partitions are read for it only if the log doesn't tell. */
  async counted(topic: string): Promise<Map<number, DumpedObject[]>> {
    const objects: TopicObjects = (await this.#known()).topics.get(topic) ?? new Map()
    const ofAll = objects.get('all') ?? []
    if (ofAll.some(({ boundsOf }) => !boundsOf)) return await this.#read(topic, objects, ofAll)
    const counted = new Map<number, DumpedObject[]>()
    for (const [partition, own] of objects) if (partition !== 'all') counted.set(partition, [...own])
    for (const object of ofAll) {
      const size = Math.ceil(object.size / (object.boundsOf?.size ?? 1))
      for (const [partition, bounds] of object.boundsOf ?? [])
        addTo(counted, partition, { ...object, partition, size, bounds })
    }
    return counted
  }

  /** What there is of a topic-partition. Objects of all partitions of the topic are read for it, once. */
  async place({ topic, partition }: TopicPartition, signal?: AbortSignal): Promise<PlaceObjects> {
    const { topics, consumed: byUnit } = await this.#known()
    const objects: TopicObjects = topics.get(topic) ?? new Map()
    const consumed = new Map<DumpSource, OffsetRuns>()
    for (const { source, offsets } of byUnit.get(topic) ?? []) {
      const own = offsets.get(partition)
      if (own) consumed.set(source, unite(consumed.get(source) ?? [], own))
    }
    const place: PlaceObjects = { objects: [...(objects.get(partition) ?? [])], split: new Map(), consumed }
    const ofAll = objects.get('all')
    if (ofAll) addParts(await this.#divided(topic, ofAll, signal), partition, place)
    return place
  }

  /** @returns whether a commit log has taken a staged batch that is gone: then the place has other objects now */
  async isTaken(object: DumpedObject): Promise<boolean> {
    return await readAgain(await this.#known(), object)
  }

  /** Objects that may have records of any topic-partition: the first one that is read reports them. */
  async reportUnknown({ skipCorrupt, findings }: ReadingOptions): Promise<void> {
    const { unknown } = await this.#known()
    if (unknown[0] && !skipCorrupt) throw unknown[0].error
    for (const object of unknown.splice(0)) findings.corrupt.push(object)
  }

  async close(): Promise<void> {
    const divisions = [...this.#divisions.values()].flat()
    this.#divisions.clear()
    for (const split of await Promise.allSettled(divisions.map(({ split }) => split)))
      if (split.status === 'fulfilled') await split.value.close()
  }

  #known(): Promise<Catalog> {
    this.#catalog ??= readCatalog(this.#sources)
    return this.#catalog
  }

  async #read(topic: string, objects: TopicObjects, ofAll: DumpedObject[]): Promise<Map<number, DumpedObject[]>> {
    const partitions = new Set<number>()
    for (const partition of objects.keys()) if (partition !== 'all') partitions.add(partition)
    for (const { object, parts } of await this.#divided(topic, ofAll))
      for (const partition of [...parts.keys(), ...(object.boundsOf?.keys() ?? [])]) partitions.add(partition)
    const read = new Map<number, DumpedObject[]>()
    for (const partition of partitions) read.set(partition, (await this.place({ topic, partition })).objects)
    return read
  }

  /** Objects that are new are read. Those that failed are tried again by the next who asks. */
  async #divided(topic: string, objects: DumpedObject[], signal?: AbortSignal): Promise<DividedObject[]> {
    const divisions = this.#divisions.get(topic) ?? []
    this.#divisions.set(topic, divisions)
    const fresh = objects.filter(object => !divisions.some(division => division.objects.has(object)))
    if (fresh.length > 0) {
      const division = { objects: new Set(fresh), split: splitTopic(fresh, signal) }
      divisions.push(division)
      division.split.catch(() => divisions.splice(divisions.indexOf(division), 1))
    }
    const there = new Set(objects)
    const divided: DividedObject[] = []
    for (const { objects, read } of await Promise.all(divisions.map(({ split }) => split)))
      for (const one of objects) if (there.has(one.object)) divided.push({ ...one, read })
    return divided
  }
}

/** Objects of all partitions that were divided at the same time. */
interface Division {
  objects: ReadonlySet<DumpedObject>
  split: Promise<TopicSplit>
}

interface DividedObject extends SplitObject, Pick<TopicSplit, 'read'> {}

function addTo(counted: Map<number, DumpedObject[]>, partition: number, object: DumpedObject): void {
  const objects = counted.get(partition)
  if (objects) objects.push(object)
  else counted.set(partition, [object])
}

function addParts(divided: readonly DividedObject[], partition: number, place: PlaceObjects): void {
  for (const { object, parts, error, read } of divided) {
    const part = parts.get(partition)
    // Where it was damaged at its beginning, every partition may lack something.
    if (!part && !error) continue
    const bytes = Math.ceil(object.size / Math.max(parts.size, 1))
    const bounds = object.boundsOf?.get(partition) ?? part?.bounds
    const own: DumpedObject = { ...object, size: bytes, partition, ...(bounds && { bounds }) }
    place.objects.push(own)
    place.split.set(own, { bytes, error, read: () => (part ? read(part) : nothing()) })
  }
}

async function* nothing() {}
