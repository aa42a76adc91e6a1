import type { StoredRecord } from '../formats/format.ts'
import type { TopicPartition } from '../record.ts'
import { type Bounds, byPrecedence, type DumpedObject } from './dumped-object.ts'
import type { ReadingOptions } from './dumped-records.ts'
import { ObjectStore } from './object-store.ts'

/** One topic-partition that is being read. */
export class Reading {
  readonly place: TopicPartition
  readonly options: ReadingOptions
  /** Of what was read so far, as it is stored. */
  bytesRead = 0
  /** Bounds of objects of which not everything could be read. */
  readonly damaged: Bounds[] = []
  readonly #precedence: Map<DumpedObject, number>
  readonly #objectOf = new WeakMap<StoredRecord, DumpedObject>()

  /** @param objects all that may be read */
  constructor(place: TopicPartition, options: ReadingOptions, objects: readonly DumpedObject[]) {
    this.place = place
    this.options = options
    this.#precedence = new Map(objects.toSorted(byPrecedence).map((object, index) => [object, -index]))
  }

  /** Of records with the same offset, the one of the object with the highest number is kept. */
  precedenceOf(object: DumpedObject): number {
    return this.#precedence.get(object) ?? 0
  }

  storeOf({ source, key, size }: DumpedObject): ObjectStore {
    const onBytes = (bytes: number) => {
      this.bytesRead += bytes
    }
    return new ObjectStore(source.store, { key, size }, { signal: this.options.signal, onBytes })
  }

  /** Remembers where a record with a large value comes from. */
  remember(record: StoredRecord, object: DumpedObject): void {
    this.#objectOf.set(record, object)
  }

  objectOf(record: StoredRecord): DumpedObject | undefined {
    return this.#objectOf.get(record)
  }
}
