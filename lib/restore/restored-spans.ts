import type { Span } from '../replication/offsets/span-list.ts'

/** Where the restored records of one source partition are on the target. */
export interface RestoredSpans {
  /**
   * The offset on the target at which a group continues that would have read this offset next on the source: that of the
   * first record on the target whose offset on the source is this one or a later one. No record that the group has not read
   * is before it. Behind the last record when there is no such record.
   */
  next(sourceOffset: number): number
  /** The lowest offset of a restored record on the target. */
  first: number
  /** The offset behind the last restored record on the target. */
  end: number
  /**
   * Whether the records are on the target in the order of their offsets on the source, each once. Otherwise no position lets
   * a group read exactly what it has not read yet: `next` gives one from which it misses nothing, and reads some again.
   */
  inOrder: boolean
}

/** Collects the spans of one partition, 24 bytes each, in any order. Spans that were added already change nothing. */
export class SpanCollector {
  #fields = new Float64Array(4 * FIELDS)
  #length = 0

  add({ sourceFirst, targetFirst, count }: Span): void {
    if (this.#length > 0 && this.#joins(this.#length - 1, sourceFirst, targetFirst, count)) return
    if ((this.#length + 1) * FIELDS > this.#fields.length) {
      const larger = new Float64Array(this.#fields.length * 2)
      larger.set(this.#fields)
      this.#fields = larger
    }
    this.#fields.set([sourceFirst, targetFirst, count], this.#length * FIELDS)
    this.#length += 1
  }

  /** The spans so far; undefined when there are none. The collector must not be used any more. */
  spans(): RestoredSpans | undefined {
    if (this.#length === 0) return undefined
    if (!this.#isSorted()) this.#sort()
    return restoredSpans(this.#fields.subarray(0, this.#length * FIELDS))
  }

  /** Makes the span at an index longer, if the other one continues it or is a longer version of it. */
  #joins(index: number, sourceFirst: number, targetFirst: number, count: number): boolean {
    const at = index * FIELDS
    const [source, target, known] = [this.#at(at + SOURCE), this.#at(at + TARGET), this.#at(at + COUNT)]
    const distance = sourceFirst - source
    if (distance < 0 || distance > known || targetFirst - target !== distance) return false
    this.#fields[at + COUNT] = Math.max(known, distance + count)
    return true
  }

  #at(index: number): number {
    return this.#fields[index] as number
  }

  #isSorted(): boolean {
    for (let at = FIELDS; at < this.#length * FIELDS; at += FIELDS) {
      if (this.#at(at + SOURCE) <= this.#at(at - FIELDS + SOURCE)) return false
    }
    return true
  }

  /** Sorts by the offsets on the source, then those on the target, and joins what belongs together. */
  #sort(): void {
    const [fields, length] = [this.#fields, this.#length]
    const order = Uint32Array.from({ length }, (_, index) => index * FIELDS).sort((one, other) => {
      const difference = this.#at(one + SOURCE) - this.#at(other + SOURCE)
      return difference === 0 ? this.#at(one + TARGET) - this.#at(other + TARGET) : difference
    })
    this.#fields = new Float64Array(length * FIELDS)
    this.#length = 0
    for (const at of order) {
      const [sourceFirst, targetFirst, count] = fields.subarray(at, at + FIELDS) as unknown as [number, number, number]
      this.add({ sourceFirst, targetFirst, count })
    }
  }
}

const SOURCE = 0
const TARGET = 1
const COUNT = 2
const FIELDS = 3

/** @param fields source, target and count of each span, at least one, in the order of their offsets on the source */
function restoredSpans(fields: Float64Array): RestoredSpans {
  const length = fields.length / FIELDS
  const at = (index: number, field: number) => fields[index * FIELDS + field] as number
  /** The lowest target offset of this span and all behind it. */
  const lowest = new Float64Array(length)
  /** The highest end on the source of this span and all before it: they overlap where records were restored twice. */
  const reach = new Float64Array(length)
  let [end, inOrder] = [0, true]
  for (let index = 0; index < length; index++) {
    const [source, target, count] = [at(index, SOURCE), at(index, TARGET), at(index, COUNT)]
    const before = index > 0 ? (reach[index - 1] as number) : source
    inOrder &&= source >= before && target >= end
    reach[index] = Math.max(before, source + count)
    end = Math.max(end, target + count)
  }
  for (let index = length - 1; index >= 0; index--) {
    lowest[index] = Math.min(at(index, TARGET), lowest[index + 1] ?? Number.POSITIVE_INFINITY)
  }

  function next(offset: number): number {
    const floor = lastIndex(length, index => at(index, SOURCE) <= offset)
    let found = lowest[floor + 1] ?? Number.POSITIVE_INFINITY
    for (let index = floor; index >= 0 && (reach[index] as number) > offset; index--) {
      const distance = offset - at(index, SOURCE)
      if (distance < at(index, COUNT)) found = Math.min(found, at(index, TARGET) + distance)
    }
    return Number.isFinite(found) ? found : end
  }

  return { next, first: lowest[0] as number, end, inOrder }
}

/** The last index below `length` for which a predicate holds that also holds for all before it; -1 when there is none. */
function lastIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}
