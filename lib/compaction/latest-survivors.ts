import type { StoredRecord } from '../formats/format.ts'
import { identityOf, isWithin, SLICES, type SliceRange, sliceOf } from './latest-slice.ts'

/**
 * Bytes of memory that newest records take at most. A function with 512 MB has room for them beside a batch that is decoded
 * and an object that is written.
 */
export const SURVIVORS_BYTES = 64 * 1024 * 1024

/** What a record takes beside its bytes: the object, its buffers, the text of its key and its place in a map. Measured. */
export const RECORD_OVERHEAD_BYTES = 900

/**
 * The newest record of each key among those that are added. When they take more memory than they may, those of the upper
 * slices are given up: what is left is complete for the slices in {@link range}, and the others are for a later pass.
 */
export class Survivors {
  #to = SLICES
  #bytes = 0
  #sorted?: { records: StoredRecord[]; slices: Uint16Array }
  readonly #newest = new Map<string | number, StoredRecord>()
  readonly #from: number
  readonly #ranges: number
  readonly #limit: number

  /**
   * @param from the first slice
   * @param ranges number of ranges into which the slices are divided: a power of two. They are given up by whole ranges, while
   * there are several.
   * @param limit in bytes
   */
  constructor(from: number, ranges: number, limit = SURVIVORS_BYTES) {
    this.#from = from
    this.#ranges = ranges
    this.#limit = limit
  }

  get range(): SliceRange {
    return [this.#from, this.#to]
  }

  add(record: StoredRecord): void {
    const slice = sliceOf(record)
    if (!isWithin(slice, this.range)) return
    const identity = identityOf(record)
    const known = this.#newest.get(identity)
    if (known && known.offset >= record.offset) return
    if (known) this.#bytes -= bytesOf(known)
    const copy = copyOf(record)
    this.#newest.set(identity, copy)
    this.#bytes += bytesOf(copy)
    while (this.#bytes > this.#limit && this.#to - this.#from > 1) this.#giveUp()
  }

  /** Whether a newer record of the same key was added. */
  isSuperseded(record: StoredRecord): boolean {
    const newest = this.#newest.get(identityOf(record))
    return newest !== undefined && newest.offset > record.offset
  }

  /** Removes what was added of the record's key, if it isn't newer. */
  removeUnlessNewer(record: StoredRecord): void {
    const identity = identityOf(record)
    const newest = this.#newest.get(identity)
    if (newest && newest.offset <= record.offset) this.#newest.delete(identity)
  }

  /** The records of the slices within a range, by offset. Nothing may be added afterwards. */
  within(range: SliceRange): StoredRecord[] {
    this.#sorted ??= sortedBySlice(this.#newest.values())
    const { records: all, slices } = this.#sorted
    const [from, to] = range
    const records: StoredRecord[] = []
    for (let index = firstAt(slices, from); index < all.length && (slices[index] as number) < to; index++) {
      const record = all[index] as StoredRecord
      if (this.#newest.get(identityOf(record)) === record) records.push(record)
    }
    return records.sort((one, other) => one.offset - other.offset)
  }

  /** Gives up the upper half of the ranges; of a single range, the upper half of its slices. */
  #giveUp(): void {
    const width = SLICES / this.#ranges
    const middle = this.#from + Math.ceil((this.#to - this.#from) / 2)
    const boundary = Math.ceil(middle / width) * width
    this.#to = boundary < this.#to ? boundary : Math.min(middle, this.#to - 1)
    for (const [identity, record] of this.#newest) {
      if (isWithin(sliceOf(record), this.range)) continue
      this.#newest.delete(identity)
      this.#bytes -= bytesOf(record)
    }
  }
}

/** The records by slice, in less memory than a map of lists. */
function sortedBySlice(newest: Iterable<StoredRecord>) {
  const unsorted = Array.from(newest)
  const ofUnsorted = Uint16Array.from(unsorted, sliceOf)
  const sliceAt = (index: number) => ofUnsorted[index] as number
  const order = Uint32Array.from(unsorted.keys()).sort((one, other) => sliceAt(one) - sliceAt(other))
  return {
    records: Array.from(order, index => unsorted[index] as StoredRecord),
    slices: Uint16Array.from(order, sliceAt),
  }
}

/** The first index whose slice isn't below this one. */
function firstAt(slices: Uint16Array, slice: number): number {
  let low = 0
  let high = slices.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((slices[middle] as number) < slice) low = middle + 1
    else high = middle
  }
  return low
}

function bytesOf({ key, value, headers }: StoredRecord): number {
  const ofHeaders = headers.reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0) + 200, 0)
  return RECORD_OVERHEAD_BYTES + 2 * (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders
}

/** A copy in memory of its own: the record's bytes are a part of a much larger object, which would stay as long as they. */
function copyOf(record: StoredRecord): StoredRecord {
  const { key, value, headers } = record
  const parts = [key, value, ...headers.map(header => header.value)]
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0))
  let end = 0
  const copied = (part: Buffer | null) => {
    if (part === null) return null
    const start = end
    end += part.copy(bytes, start)
    return bytes.subarray(start, end)
  }
  const copy = { ...record, key: copied(key), value: copied(value) }
  return headers.length === 0
    ? copy
    : { ...copy, headers: headers.map(header => ({ ...header, value: copied(header.value) })) }
}
