import { countOf, intersect, unite } from '../commits/offset-runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Taken } from './classified.ts'

/**
 * Of objects that overlap each other, the first is taken: the one with the lowest offset, then with most records, then with the
 * least key. The others wait until it is committed, and are decided about then.
 */
export function withoutOverlap(candidates: Taken[]): Taken[] {
  const taken: Taken[] = []
  for (const group of Map.groupBy(candidates, ({ object }) => object.name.partition).values())
    for (const one of ofPartition(group)) taken.push(one)
  return taken
}

function ofPartition(candidates: Taken[]): Taken[] {
  const ordered = candidates.map(one => ({ one, offsets: unite(one.keep ?? one.offsets) }))
  ordered.sort(
    (a, b) => firstOf(a.offsets) - firstOf(b.offsets) || countOf(b.offsets) - countOf(a.offsets) || byKey(a, b),
  )
  const taken: Taken[] = []
  let covered: OffsetRuns = []
  for (const { one, offsets } of ordered) {
    // What ends before this object begins can't overlap any that follows either.
    covered = covered.filter(([first, count]) => first + count > firstOf(offsets))
    if (covered.length > 0 && intersect(covered, offsets).length > 0) continue
    taken.push(one)
    covered = covered.concat(offsets)
  }
  return taken
}

const firstOf = ([run]: OffsetRuns) => run?.[0] ?? 0

function byKey({ one: a }: { one: Taken }, { one: b }: { one: Taken }): number {
  return a.object.key < b.object.key ? -1 : 1
}
