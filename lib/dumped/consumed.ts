import type { LogEntry } from '../commits/commit-log.ts'
import type { Plan } from '../commits/entry.ts'
import { effectiveOffsets, stateAfter } from '../commits/log-state.ts'
import { coarsened, subtract, unite } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** By partition, a normal set of offsets. */
export type ConsumedOffsets = ReadonlyMap<number, OffsetRuns>

/**
 * Runs of a partition that are kept: a topic with transactions has one for each of them, some 100 bytes in memory. With more, the
 * narrowest gaps between them, which are mostly markers of transactions, count as consumed.
 */
const MOST_RUNS = 20_000

/**
 * The offsets of which a commit log keeps only the newest record of each key. Those that no object has were replaced, or were
 * tombstones: they aren't missing, and a batch that comes again doesn't bring them back.
 */
export class Consumed {
  readonly #partitions = new Map<number, OffsetRuns>()
  #oldest: Plan | undefined

  /** @param plan of an entry that is done, from the newest to the oldest, of one that keeps the newest records or is older */
  add(plan: Plan): void {
    this.#oldest = plan
    for (const { partition, aside, ...input } of plan.inputs) {
      if (aside !== undefined) continue
      const runs = this.#partitions.get(partition) ?? []
      for (const run of effectiveOffsets(input)) runs.push(run)
      this.#partitions.set(partition, runs.length > 2 * MOST_RUNS ? coarsened(unite(runs), MOST_RUNS) : runs)
    }
  }

  /** @param newest the newest entry that is done */
  offsets(newest: LogEntry): ConsumedOffsets {
    const { remaining, missing } = stateAfter(newest)
    const consumed = new Map<number, OffsetRuns>()
    for (const [partition, runs] of this.#partitions) {
      const left = [...remaining, ...missing.filter(({ partly }) => !partly)].filter(
        input => input.partition === partition,
      )
      const taken = coarsened(unite(runs, this.#before(partition, runs)), MOST_RUNS)
      consumed.set(partition, subtract(taken, left.flatMap(effectiveOffsets)))
    }
    return consumed
  }

  /** A lifecycle rule removes the oldest entries: what is before the others was in them. */
  #before(partition: number, runs: OffsetRuns): OffsetRuns {
    const { sequence = 0, first = 0, earlier = {} } = this.#oldest ?? {}
    if (sequence <= first) return []
    const begin = earlier[partition] ?? 0
    const end = runs.reduce((least, [start]) => Math.min(least, start), Number.POSITIVE_INFINITY)
    return end > begin ? [[begin, end - begin]] : []
  }
}
