import type { Batch } from './batch.ts'

/** Batches that share partitions and therefore have to be delivered in order. */
export interface Lane {
  /** The batch that is being delivered again. */
  current: Batch | undefined
  batches: Batch[]
  /** In milliseconds of the monotonic clock. */
  dueAt: number
}

const FIRST_BACKOFF_MS = 200
const MAX_BACKOFF_MS = 30_000

/**
 * Failed batches that have to be delivered again, in lanes that don't wait for each other. A partition is in one lane at
 * most, and none of its later records is delivered before its lane is done, so the backlog holds at most one batch per
 * partition.
 */
export class Backlog {
  #lanes: Lane[] = []

  /** True while a partition has to wait for records that failed. */
  blocks(partition: number): boolean {
    return this.#lanes.some(
      ({ current, batches }) => current?.has(partition) || batches.some(batch => batch.has(partition)),
    )
  }

  get isEmpty(): boolean {
    return this.#lanes.length === 0
  }

  /** When the next lane is due, in milliseconds of the monotonic clock; infinity when none is waiting. */
  dueAt(): number {
    const waiting = this.#lanes.filter(({ current }) => !current)
    return waiting.reduce((soonest, { dueAt }) => Math.min(soonest, dueAt), Number.POSITIVE_INFINITY)
  }

  /** Adds lists of failed batches. Each list is delivered in order, after the backoff of its first batch. */
  add(failed: Batch[][]): void {
    for (const batches of failed) {
      const [first] = batches
      if (first) this.#lanes.push({ current: undefined, batches, dueAt: performance.now() + backoffMs(first) })
    }
  }

  /** Takes a lane that is due, with the batch to deliver in `current`. */
  take(now: number): (Lane & { current: Batch }) | undefined {
    const lane = this.#lanes.find(({ current, dueAt }) => !current && dueAt <= now)
    const current = lane?.batches.shift()
    return lane && current && Object.assign(lane, { current })
  }

  /** Puts a lane back after an attempt, with the batches that failed again before those that were waiting. */
  put(lane: Lane, failed: Batch[][]): void {
    this.#lanes = this.#lanes.filter(other => other !== lane)
    if (lane.batches.length === 0) this.add(failed)
    else if (failed.length > 0) this.add([[...failed.flat(), ...lane.batches]])
    else this.#lanes.push({ ...lane, current: undefined, dueAt: performance.now() })
  }

  /** Forgets a partition that another member of the group has now. */
  drop(partition: number): void {
    for (const lane of this.#lanes) {
      lane.batches = lane.batches.map(batch => batch.only(other => other !== partition)).filter(batch => !batch.isEmpty)
    }
    this.#lanes = this.#lanes.filter(({ current, batches }) => current || batches.length > 0)
  }
}

/** The delay before a batch is delivered again, in milliseconds. It doubles with each failure. */
export function backoffMs({ failures, setbacks }: Batch): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(failures + setbacks - 1, 0), MAX_BACKOFF_MS)
}
