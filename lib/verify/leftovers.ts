import { type RecordField, recordFields } from './record-fields.ts'
import type { Side, Tally } from './tally.ts'
import type { WaitingRecord } from './waiting-record.ts'

/** Leftovers of a side that wait for the same record out of order. More than that would take too much memory. */
const MOST_WAITING = 20_000

/**
 * What two records may have in common, in this order, to count as one record with a difference: all fields but one, or key and
 * value.
 */
const KINSHIPS = [
  ...recordFields.toReversed().map(left => recordFields.filter(field => field !== left)),
  ['key', 'value'] as const,
]

/**
 * Records without the same record at their place. Those that were skipped together may be the same ones with a difference, and a
 * record that turns up elsewhere on the other side was moved. What is left is on one side only.
 */
export class Leftovers {
  readonly #tally: Tally
  /** Offsets by the id of their record. */
  readonly #waiting: Record<Side, Map<string, number[]>> = { first: new Map(), second: new Map() }
  readonly #count: Record<Side, number> = { first: 0, second: 0 }

  constructor(tally: Tally) {
    this.#tally = tally
  }

  /** Takes what was skipped on both sides to continue with the same record. */
  add(first: readonly WaitingRecord[], second: readonly WaitingRecord[]): void {
    let [some, others] = this.#elsewhere(first, second)
    for (const fields of KINSHIPS) {
      if (some.length === 0 || others.length === 0) break
      ;[some, others] = this.#related(some, others, fields)
    }
    for (const { id, record } of some) this.#wait('first', id, record.offset)
    for (const { id, record } of others) this.#wait('second', id, record.offset)
  }

  end(): void {
    for (const side of ['first', 'second'] as const) {
      for (const offset of [...this.#waiting[side].values()].flat()) this.#tally.only(side, offset)
      this.#waiting[side].clear()
    }
  }

  /** Finds those that the other side had before. @returns the others */
  #elsewhere(first: readonly WaitingRecord[], second: readonly WaitingRecord[]): [WaitingRecord[], WaitingRecord[]] {
    const left = first.filter(({ id, record }) => {
      const other = this.#take('second', id)
      if (other !== undefined) this.#tally.moved(record.offset, other)
      return other === undefined
    })
    const others = second.filter(({ id, record }) => {
      const other = this.#take('first', id)
      if (other !== undefined) this.#tally.moved(other, record.offset)
      return other === undefined
    })
    return [left, others]
  }

  /** Pairs records that have these fields in common, in their order. @returns those without a counterpart */
  #related(
    first: readonly WaitingRecord[],
    second: readonly WaitingRecord[],
    fields: readonly RecordField[],
  ): [WaitingRecord[], WaitingRecord[]] {
    const byId = Map.groupBy(second, waiting => waiting.idOf(fields))
    const paired = new Set<WaitingRecord>()
    const left = first.filter(one => {
      const other = byId.get(one.idOf(fields))?.shift()
      if (!other) return true
      paired.add(other)
      if (one.id === other.id) this.#tally.moved(one.record.offset, other.record.offset)
      else this.#tally.differs(one.record, other.record)
      return false
    })
    return [left, second.filter(other => !paired.has(other))]
  }

  #wait(side: Side, id: string, offset: number): void {
    const same = this.#waiting[side].get(id)
    if (same) same.push(offset)
    else this.#waiting[side].set(id, [offset])
    this.#count[side] += 1
    if (this.#count[side] > MOST_WAITING) this.#expire(side)
  }

  #take(side: Side, id: string): number | undefined {
    const same = this.#waiting[side].get(id)
    const taken = same?.shift()
    if (taken !== undefined) this.#count[side] -= 1
    if (same?.length === 0) this.#waiting[side].delete(id)
    return taken
  }

  /** The oldest one doesn't turn up any more. */
  #expire(side: Side): void {
    const [oldest = ''] = this.#waiting[side].keys()
    const offset = this.#take(side, oldest)
    if (offset !== undefined) this.#tally.only(side, offset)
  }
}
