import type { Batch } from './batch.ts'

/** Batches that share partitions, so that they have to be delivered in order. */
export interface Lane {
  /** Being delivered again just now. */
  current: Batch | undefined
  batches: Batch[]
  /** In milliseconds of the monotonic clock. */
  dueAt: number
}

const FIRST_BACKOFF_MS = 200
const MAX_BACKOFF_MS = 30_000

/**
 * What failed and has to be delivered again, in lanes that don't wait for each other. A partition is in one lane at most,
 * and nothing later of it is delivered before its lane is done, so the backlog holds at most one batch per partition.
 */
export class Backlog {
  #lanes: Lane[] = []

  /** True while a partition has to wait for records that failed. */
  blocks(partition: number): boolean {
    return this.#lanes.some(
      ({ current, batches }) => current?.has(partition) || batches.some(batch => batch.has(partition)),
    )
  }

  /** When the next lane is due; infinity when none is waiting. */
  dueAt(): number {
    return Math.min(...this.#lanes.filter(({ current }) => !current).map(({ dueAt }) => dueAt))
  }

  /** Adds lists of batches that failed; each list is delivered in order, after the backoff of its first batch. */
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

  /** Puts a lane back after an attempt, with what failed again before what was waiting. */
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

/** Doubles with each failure of the batch. */
export function backoffMs({ failures }: Batch): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(failures - 1, 0), MAX_BACKOFF_MS)
}
