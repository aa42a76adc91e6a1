import type { CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { DumpSource } from './dump-source.ts'
import { type Bounds, byPrecedence, type DumpedObject } from './dumped-object.ts'
import type { ReadingOptions } from './dumped-records.ts'
import type { LayoutRecord } from './layout.ts'
import { ObjectStore } from './object-store.ts'

/** Records of one partition that were taken out of an object of all partitions. */
export interface TakenRecords {
  read(): AsyncIterable<StoredRecord[]>
  /** Their share of the object, as it is stored. */
  bytes: number
  /** The object was damaged behind these records. */
  error?: CodedError
}

/** What is known of a topic-partition beside its objects. */
export interface ReadBeside {
  /** What was taken out of objects of all partitions. */
  split: ReadonlyMap<DumpedObject, TakenRecords>
  /** By dump, the offsets of which only the newest record of each key was kept, a normal set. */
  consumed: ReadonlyMap<DumpSource, OffsetRuns>
}

/** One topic-partition that is being read. */
export class Reading {
  readonly place: TopicPartition
  readonly options: ReadingOptions
  /** Of what was read so far, as it is stored. */
  bytesRead: number
  /** Everything up to this offset has come; undefined before the first record. */
  position: number | undefined
  /** Bounds of objects of which not everything could be read. */
  readonly damaged: Bounds[]
  /** Keys of objects that are among the findings. */
  readonly reported: Set<string>
  /** Keys of staged batches that are gone, although no commit log has taken them. */
  readonly lost: Set<string>
  readonly #split: ReadonlyMap<DumpedObject, TakenRecords>
  readonly #consumed: ReadonlyMap<DumpSource, OffsetRuns>
  readonly #precedence: Map<DumpedObject, number>
  readonly #objectOf = new WeakMap<StoredRecord, DumpedObject>()

  /**
   * @param objects all that may be read
   * @param earlier the reading that this one continues with, as there are other objects now
   */
  constructor(
    place: TopicPartition,
    options: ReadingOptions,
    objects: readonly DumpedObject[],
    { split, consumed }: ReadBeside,
    earlier?: Reading,
  ) {
    this.bytesRead = earlier?.bytesRead ?? 0
    this.position = earlier?.position
    this.damaged = earlier?.damaged ?? []
    this.reported = earlier?.reported ?? new Set()
    this.lost = earlier?.lost ?? new Set()
    this.#split = split
    this.#consumed = consumed
    this.place = place
    this.options = options
    this.#precedence = new Map(objects.toSorted(byPrecedence).map((object, index) => [object, -index]))
  }

  /** Of records with the same offset, the one of the object with the highest number is kept. */
  precedenceOf(object: DumpedObject): number {
    return this.#precedence.get(object) ?? 0
  }

  /** What was taken out of an object of all partitions; undefined for an object of this one. */
  splitOf(object: DumpedObject): TakenRecords | undefined {
    return this.#split.get(object)
  }

  /**
   * Offsets whose records of an object don't count, a normal set: a commit log has taken them already, and keeps only the newest
   * record of each key. Undefined: all count.
   */
  consumedOf({ kind, source }: DumpedObject): OffsetRuns | undefined {
    return kind === 'staged' || kind === 'listed' ? this.#consumed.get(source) : undefined
  }

  storeOf({ source, key, size }: DumpedObject): ObjectStore {
    const onBytes = (bytes: number) => {
      this.bytesRead += bytes
    }
    return new ObjectStore(source.store, { key, size }, { signal: this.options.signal, onBytes })
  }

  /** Remembers where a record comes from whose value is elsewhere. */
  remember(record: LayoutRecord, object: DumpedObject): void {
    if (record.valueObject !== undefined || record.isWithoutValue) this.#objectOf.set(record, object)
  }

  objectOf(record: StoredRecord): DumpedObject | undefined {
    return this.#objectOf.get(record)
  }
}
