import type { Plan, PlannedInput } from '../commits/entry.ts'
import { intersect, subtract, unite } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'

/** Offsets of a partition that no entry of a log has taken, or that more than one has. */
export interface SweptOffsets {
  kind: 'gap' | 'overlap'
  partition: number
  offsets: OffsetRuns
}

/**
 * Goes through a log from the newest entry to the oldest. Each entry says between which positions it took what was new, so gaps
 * are found entry by entry; only offsets that came late are kept, until the entry comes between whose positions they lie.
 */
export class OffsetSweep {
  readonly #late = new Map<number, OffsetRuns>()

  /** @param before the entry before; undefined for the oldest that there is */
  add(plan: Plan, before: Plan | undefined): SweptOffsets[] {
    return Object.entries(plan.positions).flatMap(([partition, end]) =>
      this.#addPartition(plan, before, Number(partition), end),
    )
  }

  #addPartition(plan: Plan, before: Plan | undefined, partition: number, end: number): SweptOffsets[] {
    const taken = takenBy(plan, partition)
    // The first entry of all has nothing before it; where a lifecycle has removed entries, nothing is known of what was before.
    const begin = before?.positions[partition] ?? plan.earlier?.[partition] ?? taken[0]?.[0] ?? end
    const span: OffsetRuns = end > begin ? [[begin, end - begin]] : []
    const late = this.#late.get(partition) ?? []
    const fresh = intersect(taken, span)
    const carried = before ? unite(before.remaining.filter(of(partition)).flatMap(effective)) : []
    const older = subtract(taken, unite(span, carried))
    this.#late.set(partition, unite(subtract(late, span), older))
    const found: SweptOffsets[] = [
      { kind: 'gap', partition, offsets: subtract(span, unite(fresh, late)) },
      { kind: 'overlap', partition, offsets: intersect(fresh, late) },
    ]
    return found.filter(({ offsets }) => offsets.length > 0)
  }
}

/** What an entry took, with what an earlier one took and it still holds. */
function takenBy({ inputs, remaining }: Plan, partition: number): OffsetRuns {
  return unite([...inputs, ...remaining].filter(of(partition)).flatMap(effective))
}

const of = (partition: number) => (input: PlannedInput) => input.partition === partition
const effective = ({ offsets, keep }: PlannedInput) => keep ?? offsets
