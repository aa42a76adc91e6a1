import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import type { Fetch, GroupConsumer } from '../../kafka/read/consumer.ts'
import type { Intake } from '../intake/intake.ts'
import type { ScreenedRecord } from '../intake/screened-record.ts'
import { Batch, type BatchOptions } from './batch.ts'
import { Signal } from './signal.ts'

export interface BatcherOptions {
  batches: BatchOptions
  /** Milliseconds from a batch's first record until it is due, full or not. */
  windowMs: number
  /** Examines what is fetched before it goes into a batch. */
  intake: Intake
  consumer: Pick<GroupConsumer, 'seek' | 'pause' | 'resume'>
  /** Raised when a batch begins and when it is full. */
  work: Signal
}

/** Below a third of the session timeout, because kafkajs checks its own interval first. */
const HEARTBEAT_MS = 500

/** Fills one batch at a time from what the consumer fetches. While the batch is full, the consumer waits. */
export class Batcher {
  readonly #options: BatcherOptions
  /** Raised when a batch is taken, so that there is room for the consumer's records. */
  readonly #room = new Signal()
  /** The next offset to read. After a rejoin kafkajs begins at the committed offset again, before what is already here. */
  readonly #positions = new Map<number, number>()
  /** Partitions that are not read until {@link release}. */
  readonly #held = new Set<number>()
  #assigned = new Set<number>()
  #next: Batch
  #isStopped = false

  constructor(options: BatcherOptions) {
    this.#options = options
    this.#next = new Batch(options.batches)
  }

  /** When the batch is due, in milliseconds of the monotonic clock; infinity while it is empty. */
  dueAt(): number {
    const { full, since } = this.#next
    if (since === undefined) return Number.POSITIVE_INFINITY
    return full ? since : since + this.#options.windowMs
  }

  /** Takes the batch and begins another. */
  take(): Batch {
    const batch = this.#next
    this.#next = new Batch(this.#options.batches)
    this.#room.raise()
    return batch
  }

  /**
   * Adds the records of one fetch, and waits for room whenever the batch is full.
   *
   * @returns false when the rest of the fetch is not needed
   */
  async gather({ partition, records, highWatermark, isStale, heartbeat }: Fetch): Promise<boolean> {
    // The offsets of a topic that was deleted and created again start over.
    if (highWatermark < (this.#positions.get(partition) ?? 0)) this.#positions.delete(partition)
    const position = this.#positions.get(partition) ?? 0
    let index = 0
    while (index < records.length && (records[index]?.offset ?? 0) < position) index += 1
    const isNeeded = () => !this.#isStopped && !isStale()
    const screened = await this.#screen(records.slice(index), isNeeded, heartbeat)
    index = 0
    for (;;) {
      if (!isNeeded() || this.#held.has(partition)) return false
      index = this.#fill(partition, screened, index)
      if (index === screened.length) return true
      await this.#room.wait(HEARTBEAT_MS)
      await heartbeat()
    }
  }

  /** Waits for what examines the records, sending heartbeats. */
  async #screen(
    records: ConsumedRecord[],
    isNeeded: () => boolean,
    heartbeat: Fetch['heartbeat'],
  ): Promise<ScreenedRecord[]> {
    const screening = this.#options.intake(records, isNeeded)
    if (Array.isArray(screening)) return screening
    for (;;) {
      const screened = await Promise.race([screening, sleep(HEARTBEAT_MS)])
      if (screened) return screened
      await heartbeat()
    }
  }

  /** @returns the index of the first record that didn't fit */
  #fill(partition: number, records: ScreenedRecord[], from: number): number {
    const next = this.#next
    const wasEmpty = next.isEmpty
    let index = from
    for (let record = records[index]; record && next.add(partition, record); record = records[index]) index += 1
    const last = records[index - 1]
    if (last && index > from) this.#positions.set(partition, last.offset + 1)
    if (wasEmpty || next.full) this.#options.work.raise()
    return index
  }

  /** Stops reading a partition at an offset. Records of it that are in the batch are read again later. */
  hold(partition: number, offset: number): void {
    if (this.#held.has(partition)) return
    this.#held.add(partition)
    this.#withdraw(partition)
    this.#positions.set(partition, offset)
    this.#options.consumer.pause(partition)
    this.#options.consumer.seek(partition, offset)
  }

  /** Continues reading a partition if it was held. */
  release(partition: number): void {
    if (this.#held.delete(partition)) this.#options.consumer.resume(partition)
  }

  /**
   * Takes over a new assignment. The member that gets a lost partition begins at the committed offset.
   *
   * @returns the partitions that were lost
   */
  reassign(assigned: Set<number>): Set<number> {
    const lost = this.#assigned.difference(assigned)
    for (const partition of lost) {
      this.release(partition)
      this.#withdraw(partition)
      this.#positions.delete(partition)
    }
    for (const [partition, position] of this.#positions) {
      this.#options.consumer.seek(partition, position)
      if (this.#held.has(partition)) this.#options.consumer.pause(partition)
    }
    this.#assigned = assigned
    return lost
  }

  /** Accepts no more records. */
  stop(): void {
    this.#isStopped = true
    this.#room.raise()
  }

  #withdraw(partition: number) {
    this.#next = this.#next.only(other => other !== partition)
    this.#room.raise()
  }
}
