import { CodedError } from '../error.ts'
import { PartitionMap } from '../partition-map.ts'
import type { TopicPartition } from '../record.ts'
import type { NamedFailure, NamedPlace } from './failed-source.ts'

/**
 * The most ranges of neighbours that are kept: 56 bytes each, so about 110 MB. A range has one offset if its neighbours failed at
 * another time or for another reason.
 */
const MOST_RANGES = 2_000_000

/** Numbers of a range in {@link PartitionFailures}. */
const FIELDS = 7

/** Neighbouring records of a topic-partition, with one reason and one place: what is known of them last. */
export interface FailurePiece {
  first: number
  last: number
  code: string
  time: number
  place: NamedPlace
}

/** Records without offsets, which can only be counted. */
export type Unplaced = Omit<FailurePiece, 'first' | 'last'> & { records: number }

/** All failures that sources name, by topic-partition, in little memory: nothing is kept twice, and neighbours are one range. */
export class FailureIndex {
  readonly #codes = new Interned<string>()
  readonly #places = new Interned<NamedPlace>()
  readonly #partitions = new PartitionMap<PartitionFailures>()
  #ranges = 0

  /** @throws CodedError `FAILURES_TOO_MANY` */
  add(failure: NamedFailure): void {
    const { topic, partition } = failure
    const failures = this.#partitions.getOrCreate(failure, () => new PartitionFailures({ topic, partition }, this))
    this.#ranges += failures.add(failure)
    if (this.#ranges > MOST_RANGES) throw tooMany()
  }

  code(code: string): number {
    return this.#codes.number(code, code)
  }

  /** Letters of one topic and partition share a place: where each is, is in its range. */
  place(place: NamedPlace): number {
    if (place.kind !== 'topic') return this.#places.number(place, place)
    const { topic, partition } = place
    return this.#places.number(`${topic}/${partition}`, { ...place, from: 0, end: 0 })
  }

  codeAt(number: number): string {
    return this.#codes.at(number)
  }

  placeAt(number: number): NamedPlace {
    return this.#places.at(number)
  }

  /** By topic and partition. */
  partitions(): PartitionFailures[] {
    const byName = (one: PartitionFailures, other: PartitionFailures) =>
      one.topic < other.topic ? -1 : one.topic > other.topic ? 1 : one.partition - other.partition
    return [...this.#partitions.values()].toSorted(byName)
  }
}

function tooMany(): CodedError {
  const message = `More than ${MOST_RANGES} ranges of records have failed. Look at fewer: a later --since.`
  return new CodedError('FAILURES_TOO_MANY', message)
}

/** Numbers for values that come again and again. */
class Interned<T> {
  readonly #numbers = new Map<unknown, number>()
  readonly #values: T[] = []

  number(key: unknown, value: T): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#values.length
    this.#numbers.set(key, number)
    this.#values.push(value)
    return number
  }

  at(number: number): T {
    return this.#values[number] as T
  }
}

/** Whatever has only names has the least of a record; a letter has it as it was. */
const WORTH: Record<NamedPlace['kind'], number> = { waiting: 0, kafka: 1, document: 2, topic: 3 }

/** The failures of one topic-partition. */
export class PartitionFailures implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** For each range: first offset, last offset, time, code, place, and the positions of its letters. */
  readonly #ranges: number[] = []
  readonly #unplaced = new Map<string, Unplaced>()
  readonly #index: Pick<FailureIndex, 'code' | 'place' | 'codeAt' | 'placeAt'>

  constructor(
    { topic, partition }: TopicPartition,
    index: Pick<FailureIndex, 'code' | 'place' | 'codeAt' | 'placeAt'>,
  ) {
    this.topic = topic
    this.partition = partition
    this.#index = index
  }

  /** @returns how many ranges this has added */
  add({ first, last, records = 1, code, time, place }: NamedFailure): number {
    if (first < 0 || this.partition < 0) {
      const key = `${code}/${place.kind}/${place.kind === 'topic' ? place.topic : ''}`
      const known = this.#unplaced.get(key)
      this.#unplaced.set(key, {
        code,
        place,
        time: Math.max(time, known?.time ?? -1),
        records: records + (known?.records ?? 0),
      })
      return 0
    }
    const [from, end] = place.kind === 'topic' ? [place.from, place.end] : [0, 0]
    const range = [first, last, time, this.#index.code(code), this.#index.place(place), from, end]
    if (this.#joinsLast(range)) return 0
    for (const number of range) this.#ranges.push(number)
    return 1
  }

  /** Whether the range continues the one before, which then has it. */
  #joinsLast([first, last, time, code, place, from, end]: number[]): boolean {
    const ranges = this.#ranges
    const at = ranges.length - FIELDS
    const isNext = at >= 0 && ranges[at + 1] === (first as number) - 1
    const isAlike = ranges[at + 2] === time && ranges[at + 3] === code && ranges[at + 4] === place
    const isBehind = from === end || (ranges[at + 6] as number) <= (from as number)
    if (!isNext || !isAlike || !isBehind) return false
    ranges[at + 1] = last as number
    ranges[at + 6] = end as number
    return true
  }

  unplaced(): Iterable<Unplaced> {
    return this.#unplaced.values()
  }

  /**
   * Each offset once, ascending: with the newest reason, and in the place that has most of it.
   *
   * @param passed the offset that the trigger delivers next: what had stopped before it was delivered since. Infinity: none
   */
  *pieces(passed: number): Generator<FailurePiece> {
    const ranges = this.#ranges
    const order = Uint32Array.from({ length: ranges.length / FIELDS }, (_, index) => index * FIELDS)
    order.sort((one, other) => (ranges[one] as number) - (ranges[other] as number))
    let active: number[] = []
    let next = 0
    let offset = 0
    while (next < order.length || active.length > 0) {
      if (active.length === 0) offset = ranges[order[next] as number] as number
      for (; next < order.length && (ranges[order[next] as number] as number) <= offset; next++) {
        active.push(order[next] as number)
      }
      let last = next < order.length ? (ranges[order[next] as number] as number) - 1 : Number.POSITIVE_INFINITY
      for (const at of active) last = Math.min(last, ranges[at + 1] as number)
      if (offset < passed) last = Math.min(last, passed - 1)
      const piece = this.#best(active, offset, last, passed)
      if (piece) yield piece
      offset = last + 1
      active = active.filter(at => (ranges[at + 1] as number) >= offset)
    }
  }

  #best(active: number[], first: number, last: number, passed: number): FailurePiece | undefined {
    const ranges = this.#ranges
    let newest: number | undefined
    let place: number | undefined
    for (const at of active) {
      const { kind } = this.#placeOf(at)
      if (kind === 'waiting' && passed !== Number.POSITIVE_INFINITY && first < passed) continue
      if (newest === undefined || (ranges[at + 2] as number) >= (ranges[newest + 2] as number)) newest = at
      if (place === undefined || this.#isBetter(at, place)) place = at
    }
    if (newest === undefined || place === undefined) return undefined
    // The trigger is about to deliver them again, whatever is known from before.
    if (this.#placeOf(newest).kind === 'waiting') place = newest
    return {
      ...{ first, last, time: ranges[newest + 2] as number },
      ...{ code: this.#index.codeAt(ranges[newest + 3] as number), place: this.#placeOf(place) },
    }
  }

  #isBetter(at: number, than: number): boolean {
    const ranges = this.#ranges
    const [worth, other] = [WORTH[this.#placeOf(at).kind], WORTH[this.#placeOf(than).kind]]
    if (worth !== other) return worth > other
    const later = (ranges[at + 2] as number) - (ranges[than + 2] as number)
    // Letters of earlier versions don't tell their time; those behind are newer.
    return later === 0 ? (ranges[at + 5] as number) >= (ranges[than + 5] as number) : later > 0
  }

  /** The place of a range; its letters are all between these two positions. */
  #placeOf(at: number): NamedPlace {
    const place = this.#index.placeAt(this.#ranges[at + 4] as number)
    if (place.kind !== 'topic') return place
    return { ...place, from: this.#ranges[at + 5] as number, end: this.#ranges[at + 6] as number }
  }
}
