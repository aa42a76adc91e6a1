import type { OffsetRuns } from '../staging/staged-object.ts'
import type { CommitLog } from './commit-log.ts'
import type { Plan } from './entry.ts'
import { effectiveOffsets, type LogState } from './log-state.ts'
import { boundsOf, intersect, subtract, unite } from './offset-runs.ts'

/** Plans that a lookup keeps. One that names ten thousand staged objects takes some 5 MB. */
const MAX_PLANS = 16

/** What the log knows of a late object's offsets. */
export interface Coverage {
  /** Offsets that entries have put into objects. */
  covered: OffsetRuns
  /** Offsets that an entry has taken, but of which not all are in objects yet. */
  waiting: OffsetRuns
  /** Offsets from before the log began: other objects than the log's may have them. */
  earlier: OffsetRuns
  /** Sequences of the entries that took covered offsets, ascending. */
  entries: number[]
  /** Whether one of them took the object itself. */
  consumed: boolean
}

/**
 * Looks up the offsets of a late object: those that a plan took as new are in the one entry whose positions enclose them, which
 * a binary search finds by names; those that came late are in the entries that {@link Plan.late} leads to. The
 * entries that were read last are kept.
 */
export class CoverageLookup {
  readonly #log: CommitLog
  readonly #state: LogState
  readonly #plans = new Map<number, Plan | undefined>()

  constructor(log: CommitLog, state: LogState) {
    this.#log = log
    this.#state = state
  }

  get #first(): number {
    return this.#state.first ?? 0
  }

  /** @returns undefined when an entry that has to be known is gone */
  async of(key: string, partition: number, offsets: OffsetRuns): Promise<Coverage | undefined> {
    const { positions, earlier = {}, remaining, missing } = this.#state
    const before = earlier[partition] ?? 0
    const seen = intersect(offsets, [[0, positions[partition] ?? 0]])
    const read = await this.#plansWith(partition, seen, before)
    if (!read) return undefined
    const plans = read.filter(plan => intersect(seen, takenBy(plan, partition)).length > 0)
    const taken = intersect(
      seen,
      plans.flatMap(plan => takenBy(plan, partition)),
    )
    const gone = missing.filter(of(partition)).filter(({ partly }) => !partly)
    const waiting = intersect(taken, remaining.filter(of(partition)).flatMap(effectiveOffsets))
    return {
      covered: subtract(taken, unite(waiting, gone.flatMap(effectiveOffsets))),
      waiting,
      earlier: intersect(offsets, [[0, before]]),
      entries: plans.map(({ sequence }) => sequence),
      consumed: plans.some(({ inputs, remaining }) => [...inputs, ...remaining].some(input => input.key === key)),
    }
  }

  /**
   * The plans that may have taken some of these offsets, oldest first.
   *
   * @param before offsets below it can only have come late
   */
  async #plansWith(partition: number, offsets: OffsetRuns, before: number): Promise<Plan[] | undefined> {
    const found = new Map<number, Plan>()
    for (let rest = subtract(offsets, [[0, before]]); rest.length > 0; ) {
      const entry = await this.#takenAsNew(partition, boundsOf(rest).first)
      if (!entry) return undefined
      found.set(entry.plan.sequence, entry.plan)
      rest = subtract(rest, [[0, entry.plan.positions[partition] ?? 0]])
    }
    const isBefore = intersect(offsets, [[0, before]]).length > 0
    const oldest = isBefore
      ? this.#first
      : found.keys().reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY)
    if (!(await this.#addLate(oldest, { partition, offsets }, found))) return undefined
    return [...found.values()].toSorted((a, b) => a.sequence - b.sequence)
  }

  /** The entry whose positions enclose the offset. */
  async #takenAsNew(partition: number, offset: number): Promise<{ plan: Plan } | undefined> {
    let [low, high] = [this.#first, this.#state.sequence]
    // The first entry whose position lies behind the offset. A lifecycle removes the oldest entries, so what is gone is before.
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const plan = await this.plan(middle)
      if (plan && (plan.positions[partition] ?? 0) > offset) high = middle
      else low = middle + 1
    }
    const plan = await this.plan(low)
    const isFirst = low === this.#first || (await this.plan(low - 1)) !== undefined
    return plan && isFirst ? { plan } : undefined
  }

  /**
   * Adds the entries from `oldest` on that may have taken some of these offsets late, the newest first.
   *
   * @returns whether all of them are known
   */
  async #addLate(
    oldest: number,
    { partition, offsets }: { partition: number; offsets: OffsetRuns },
    found: Map<number, Plan>,
  ): Promise<boolean> {
    let { late: sequence, lateOffsets } = this.#state
    while (sequence >= oldest && intersect(lateOffsets?.[partition] ?? [], offsets).length > 0) {
      const plan = await this.plan(sequence)
      if (!plan) return false
      found.set(sequence, plan)
      if (sequence === this.#first) return true
      const before = await this.plan(sequence - 1)
      if (!before) return sequence === oldest
      ;({ late: sequence, lateOffsets } = before)
    }
    return true
  }

  /** Undefined when the entry is gone. */
  async plan(sequence: number): Promise<Plan | undefined> {
    if (this.#plans.has(sequence)) return this.#plans.get(sequence)
    const plan = await this.#log.plan(sequence)
    const [oldest] = this.#plans.keys()
    if (this.#plans.size === MAX_PLANS && oldest !== undefined) this.#plans.delete(oldest)
    this.#plans.set(sequence, plan)
    return plan
  }
}

function takenBy({ inputs, remaining }: Plan, partition: number): OffsetRuns {
  return [...inputs, ...remaining].filter(of(partition)).flatMap(effectiveOffsets)
}

const of = (partition: number) => (input: { partition: number }) => input.partition === partition
