import type { PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../record.ts'
import type { ValueRecord } from '../../values/value.ts'
import type { ShownRecord } from '../api/index.ts'
import { inList, shownRecord } from './shown-record.ts'

/** A record that a walk has come to. */
export interface Walked {
  shown: ShownRecord
  /** Itself, for a decoder; absent where there is nothing to decode, or too much for a list. */
  whole?: ValueRecord
}

/** What walks of one page have in common. */
export interface WalkOptions {
  topic: string
  /** Whether it goes to older records. */
  isBackward: boolean
  /** The most records that a page needs of one partition. */
  limit: number
  /** Only records that this holds for. */
  isWanted(record: KafkaRecord): boolean
  /** Whether values are decoded. */
  isDecoded: boolean
  signal?: AbortSignal
}

/** Values larger than this are decoded only where one record is shown. */
const DECODED_BYTES = 64 * 1024

/**
 * A window that takes less than the first time is followed by one twice as long, and one that takes more than the second by half of
 * it: records have ten bytes or five megabytes, and a walk can only stop between two windows.
 */
const QUICK_MS = 250
const SLOW_MS = 1_000
const MOST_OFFSETS = 65_536

/** Bytes of a fetch: about what the window's records have where they are small, so that little is read for nothing. */
const BYTES_PER_OFFSET = 1_024
const LEAST_BYTES = 64 * 1024
const MOST_BYTES = 2 * 1024 * 1024

/** Goes through the records of a partition, forward or backward, a window of offsets at a time. */
export class PartitionWalk {
  readonly partition: number
  readonly #kafka: Pick<PartitionRecords, 'read'>
  readonly #options: WalkOptions
  readonly #begun: number
  /** The offsets that are yet to be read: from the first to before the second. */
  #low: number
  #high: number
  #window: number
  #found: Walked[] = []

  /** @param window how many offsets are read first */
  constructor(
    kafka: Pick<PartitionRecords, 'read'>,
    options: WalkOptions,
    place: { partition: number; low: number; high: number },
    window: number,
  ) {
    this.partition = place.partition
    this.#kafka = kafka
    this.#options = options
    this.#low = place.low
    this.#high = place.high
    this.#begun = this.left
    this.#window = window
  }

  /** The next record; undefined: there is none, or it has to be looked for by {@link fill}. */
  get head(): ShownRecord | undefined {
    return this.#found[0]?.shown
  }

  /** How many offsets are yet to be read. */
  get left(): number {
    return Math.max(this.#high - this.#low, 0)
  }

  /** How many offsets were read. */
  get searched(): number {
    return this.#begun - this.left
  }

  /**
   * The offset to continue at: forward, that of the next record; backward, the one behind it. Undefined: there is nothing more.
   */
  get place(): number | undefined {
    const { head } = this
    const { isBackward } = this.#options
    if (head) return isBackward ? head.offset + 1 : head.offset
    if (this.left === 0) return undefined
    return isBackward ? this.#high : this.#low
  }

  take(): Walked | undefined {
    return this.#found.shift()
  }

  /**
   * Reads until there is a record or nothing left, but begins no window after the deadline.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError
   */
  async fill(deadline: number): Promise<void> {
    while (this.#found.length === 0 && this.left > 0 && Date.now() < deadline) {
      const begun = Date.now()
      await (this.#options.isBackward ? this.#readBefore() : this.#readOn())
      const took = Date.now() - begun
      if (took < QUICK_MS) this.#window = Math.min(this.#window * 2, MOST_OFFSETS)
      if (took > SLOW_MS) this.#window = Math.max(Math.floor(this.#window / 2), 1)
    }
  }

  async #readOn(): Promise<void> {
    const end = Math.min(this.#low + this.#window, this.#high)
    for await (const records of this.#read(this.#low, end)) {
      for (const record of records) {
        this.#found.push(this.#walked(record))
        if (this.#found.length < this.#options.limit) continue
        this.#low = record.offset + 1
        return
      }
    }
    this.#low = end
  }

  async #readBefore(): Promise<void> {
    const from = Math.max(this.#high - this.#window, this.#low)
    let found: Walked[] = []
    let isCut = false
    for await (const records of this.#read(from, this.#high)) {
      found = found.concat(records.map(record => this.#walked(record)))
      isCut ||= found.length > this.#options.limit
      found = found.slice(-this.#options.limit)
    }
    // Those that the page has no room for are read again for the page after it.
    this.#high = isCut ? (found[0]?.shown.offset ?? from) : from
    this.#found = found.reverse()
  }

  async *#read(from: number, end: number): AsyncGenerator<KafkaRecord[]> {
    const { topic, signal, isWanted } = this.#options
    const bytes = Math.min(Math.max((end - from) * BYTES_PER_OFFSET, LEAST_BYTES), MOST_BYTES)
    const range = { topic, partition: this.partition, from, end }
    for await (const records of this.#kafka.read(range, signal, bytes)) yield records.filter(isWanted)
  }

  #walked(record: KafkaRecord): Walked {
    const { value } = record
    const shown = shownRecord(record, inList)
    if (!this.#options.isDecoded || value === null || value.length > DECODED_BYTES) return { shown }
    // A copy, so that one record doesn't keep the bytes of its whole fetch.
    return { shown, whole: { ...record, value: Buffer.from(value) } }
  }
}
