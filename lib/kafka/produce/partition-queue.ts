import { RefusedRecordsError } from '../../refused-records.ts'
import type { BatchRefusedError } from './refusal.ts'
import { type IndexedRecord, RequestRoom } from './request-split.ts'

/** Where the records of one request were stored: at consecutive offsets. */
export interface Placement {
  partition: number
  firstOffset: number
  records: number
}

/** Records to write to one partition. */
export interface PartitionWrite {
  /** At least one, in order. */
  records: IndexedRecord[]
  /** `max.message.bytes` of the topic. */
  maxBytes: number
  /** In milliseconds since the epoch. */
  deadline: number
  /** Receives the indexes of the records of each request that was stored. */
  onStored?(indexes: number[], placement: Placement): void
}

/** A write whose records are stored bit by bit, in order, until all are or one can't be. */
export class QueuedWrite {
  readonly deadline: number
  readonly maxBytes: number
  readonly #write: PartitionWrite
  readonly #done = Promise.withResolvers<Placement[]>()
  readonly #placements: Placement[] = []
  #stored = 0
  #isOver = false

  constructor(write: PartitionWrite) {
    this.#write = write
    this.deadline = write.deadline
    this.maxBytes = write.maxBytes
  }

  get done(): Promise<Placement[]> {
    return this.#done.promise
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The next records, as many as there is room for. */
  take(room: RequestRoom): Part {
    const { records } = this.#write
    const count = room.take(records, this.#stored)
    return { write: this, records: records.slice(this.#stored, this.#stored + count) }
  }

  /** Whether a part holds everything that is left. */
  endsWith({ records }: Part): boolean {
    return this.#stored + records.length === this.#write.records.length
  }

  store(records: IndexedRecord[], partition: number, firstOffset: number): void {
    const placement = { partition, firstOffset, records: records.length }
    const indexes = records.map(({ index }) => index)
    this.#placements.push(placement)
    this.#stored += records.length
    this.#write.onStored?.(indexes, placement)
    if (this.#stored < this.#write.records.length) return
    this.#isOver = true
    this.#done.resolve(this.#placements)
  }

  fail(error: Error): void {
    this.#isOver = true
    this.#done.reject(error)
  }
}

/** Consecutive records of one write, beside those of other writes in one request. */
export interface Part {
  write: QueuedWrite
  records: IndexedRecord[]
}

/**
 * The parts of the next request: the first write's next records and, where there is room, those of the writes behind it
 * that end at the same time. Writes of another invocation wait, because a request is given up at one time for all.
 *
 * @param queue at least one write
 */
export function nextParts(queue: readonly QueuedWrite[]): Part[] {
  const [{ deadline, maxBytes }] = queue as [QueuedWrite]
  const room = new RequestRoom(maxBytes)
  const parts: Part[] = []
  for (const write of queue) {
    if (write.deadline !== deadline) break
    const part = write.take(room)
    if (part.records.length > 0) parts.push(part)
    if (!write.endsWith(part)) break
  }
  return parts
}

export function recordsIn(parts: readonly Part[]): IndexedRecord[] {
  return parts.flatMap(({ records }) => records)
}

/** Cuts the records of a request in two, in order. */
export function halves(parts: readonly Part[]): [Part[], Part[]] {
  const middle = Math.ceil(recordsIn(parts).length / 2)
  const [first, second]: [Part[], Part[]] = [[], []]
  let before = 0
  for (const { write, records } of parts) {
    const cut = Math.min(Math.max(middle - before, 0), records.length)
    if (cut > 0) first.push({ write, records: records.slice(0, cut) })
    if (cut < records.length) second.push({ write, records: records.slice(cut) })
    before += records.length
  }
  return [first, second]
}

/**
 * Ends the writes of which a broker has refused records.
 *
 * @returns whether there are any: a broker that names no record has refused one only if the request has no other
 */
export function refuse(parts: readonly Part[], refusal: BatchRefusedError): boolean {
  const isAlone = recordsIn(parts).length === 1
  const blamed = new Map(refusal.blamed.map(({ position, error }) => [position, error]))
  let position = 0
  let isAny = false
  for (const { write, records } of parts) {
    const refused = records.flatMap(({ index }) => {
      const error = blamed.get(position++) ?? (isAlone ? refusal : undefined)
      return error ? [{ index, error }] : []
    })
    if (refused.length === 0) continue
    isAny = true
    write.fail(new RefusedRecordsError(refused))
  }
  return isAny
}
