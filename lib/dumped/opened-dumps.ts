import { type Catalog, readCatalog, type TopicObjects } from './catalog.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { ReadingOptions } from './dumped-records.ts'
import type { TakenRecords } from './reading.ts'
import { splitTopic, type TopicSplit } from './topic-split.ts'

/** The objects that have something of a topic-partition. */
export interface PlaceObjects {
  objects: DumpedObject[]
  /** What was taken out of those of all partitions. */
  split: Map<DumpedObject, TakenRecords>
}

/** Dumps whose objects are known from their first use on. */
export class OpenedDumps {
  readonly #sources: readonly DumpSource[]
  #catalog: Promise<Catalog> | undefined
  readonly #splits = new Map<string, Promise<TopicSplit>>()

  constructor(sources: readonly DumpSource[]) {
    this.#sources = sources
  }

  /** @throws CodedError `DUMP_OBJECT_UNREADABLE` when no object tells its topic */
  async topics(): Promise<string[]> {
    const { topics, unknown } = await this.#known()
    if (topics.size === 0 && unknown[0]) throw unknown[0].error
    return [...topics.keys()]
  }

  /** What each partition of a topic has. Objects of all partitions are read for it only if the log doesn't tell. */
  async counted(topic: string): Promise<Map<number, DumpedObject[]>> {
    const objects: TopicObjects = (await this.#known()).topics.get(topic) ?? new Map()
    const ofAll = objects.get('all') ?? []
    if (ofAll.some(({ boundsOf }) => !boundsOf))
      return new Map(Array.from(await this.places(topic), ([partition, place]) => [partition, place.objects]))
    const counted = new Map<number, DumpedObject[]>()
    for (const [partition, own] of objects) if (partition !== 'all') counted.set(partition, [...own])
    for (const object of ofAll) {
      const size = Math.ceil(object.size / (object.boundsOf?.size ?? 1))
      for (const [partition, bounds] of object.boundsOf ?? [])
        addTo(counted, partition, { ...object, partition, size, bounds })
    }
    return counted
  }

  /** The partitions of a topic. Objects of all partitions are read for it, once. */
  async places(topic: string, signal?: AbortSignal): Promise<Map<number, PlaceObjects>> {
    const objects: TopicObjects = (await this.#known()).topics.get(topic) ?? new Map()
    const places = new Map<number, PlaceObjects>()
    for (const [partition, own] of objects)
      if (partition !== 'all') places.set(partition, { objects: [...own], split: new Map() })
    const ofAll = objects.get('all')
    if (ofAll) addSplit(await this.#split(topic, ofAll, signal), places)
    return places
  }

  /** Objects that may have records of any topic-partition: the first one that is read reports them. */
  async reportUnknown({ skipCorrupt, findings }: ReadingOptions): Promise<void> {
    const { unknown } = await this.#known()
    if (unknown[0] && !skipCorrupt) throw unknown[0].error
    for (const object of unknown.splice(0)) findings.corrupt.push(object)
  }

  async close(): Promise<void> {
    const splits = await Promise.allSettled(this.#splits.values())
    this.#splits.clear()
    for (const split of splits) if (split.status === 'fulfilled') await split.value.close()
  }

  #known(): Promise<Catalog> {
    this.#catalog ??= readCatalog(this.#sources)
    return this.#catalog
  }

  /** One that failed is tried again by the next who asks. */
  #split(topic: string, objects: DumpedObject[], signal?: AbortSignal): Promise<TopicSplit> {
    const known = this.#splits.get(topic)
    if (known) return known
    const split = splitTopic(objects, signal)
    this.#splits.set(topic, split)
    split.catch(() => this.#splits.delete(topic))
    return split
  }
}

function addTo(counted: Map<number, DumpedObject[]>, partition: number, object: DumpedObject): void {
  const objects = counted.get(partition)
  if (objects) objects.push(object)
  else counted.set(partition, [object])
}

function addSplit({ objects, read }: TopicSplit, places: Map<number, PlaceObjects>): void {
  for (const { object, parts, error } of objects) {
    const bytes = Math.ceil(object.size / Math.max(parts.size, 1))
    // Where it was damaged at its beginning, every partition may lack something.
    const partitions = error
      ? new Set([...places.keys(), ...parts.keys(), ...(object.boundsOf?.keys() ?? [])])
      : parts.keys()
    for (const partition of partitions) {
      const part = parts.get(partition)
      const place: PlaceObjects = places.get(partition) ?? { objects: [], split: new Map() }
      places.set(partition, place)
      const bounds = object.boundsOf?.get(partition) ?? part?.bounds
      const own: DumpedObject = { ...object, size: bytes, partition, ...(bounds && { bounds }) }
      place.objects.push(own)
      place.split.set(own, { bytes, error, read: () => (part ? read(part) : nothing()) })
    }
  }
}

async function* nothing() {}
