import type { OffsetRuns } from '../staging/staged-object.ts'

/**
 * Sets of offsets as runs of neighbours. What these functions return is normal: ascending, without empty or touching runs. They
 * take runs in any order, which may overlap.
 */

/** All offsets that are in one of the sets. */
export function unite(...sets: OffsetRuns[]): OffsetRuns {
  const runs: OffsetRuns = []
  const ascending = sets.flat().toSorted(([a], [b]) => a - b)
  for (const [first, count] of ascending) {
    if (count <= 0) continue
    const last = runs.at(-1)
    if (last && first <= last[0] + last[1]) last[1] = Math.max(last[1], first + count - last[0])
    else runs.push([first, count])
  }
  return runs
}

/** The offsets that are in both sets. */
export function intersect(one: OffsetRuns, other: OffsetRuns): OffsetRuns {
  const [left, right] = [unite(one), unite(other)]
  const runs: OffsetRuns = []
  for (let a = 0, b = 0; a < left.length && b < right.length; ) {
    const [first, count] = left[a] as OffsetRuns[number]
    const [otherFirst, otherCount] = right[b] as OffsetRuns[number]
    const begin = Math.max(first, otherFirst)
    const end = Math.min(first + count, otherFirst + otherCount)
    if (begin < end) runs.push([begin, end - begin])
    if (first + count <= otherFirst + otherCount) a++
    else b++
  }
  return runs
}

/** The offsets of the first set that are not in the other. */
export function subtract(one: OffsetRuns, other: OffsetRuns): OffsetRuns {
  const taken = unite(other)
  const runs: OffsetRuns = []
  let next = 0
  for (const [first, count] of unite(one)) {
    let begin = first
    const end = first + count
    while (next < taken.length && endOf(taken[next]) <= begin) next++
    for (let index = next; index < taken.length && begin < end; index++) {
      const [gap] = taken[index] as OffsetRuns[number]
      if (gap >= end) break
      if (gap > begin) runs.push([begin, gap - begin])
      begin = Math.max(begin, endOf(taken[index]))
    }
    if (begin < end) runs.push([begin, end - begin])
  }
  return runs
}

/** A set with all offsets of a normal set, in no more runs than the limit: the narrowest gaps are closed. */
export function coarsened(runs: OffsetRuns, limit: number): OffsetRuns {
  if (runs.length <= limit) return runs
  const gaps = runs.slice(1).map(([first], index) => first - endOf(runs[index]))
  const widest = gaps.toSorted((a, b) => b - a).slice(0, limit - 1)
  const least = widest.at(-1) ?? Number.POSITIVE_INFINITY
  // Of gaps that are as wide as the narrowest that is left, only some are left.
  let spare = widest.filter(gap => gap === least).length
  const closed = gaps.flatMap((gap, index): OffsetRuns => {
    if (gap > least || (gap === least && spare-- > 0)) return []
    return [[endOf(runs[index]), gap]]
  })
  return unite(runs, closed)
}

/** Number of offsets in a normal set. */
export function countOf(runs: OffsetRuns): number {
  return runs.reduce((sum, [, count]) => sum + count, 0)
}

/** First and last offset of a set that isn't empty. */
export function boundsOf(runs: OffsetRuns): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY
  let last = -1
  for (const run of runs) {
    first = Math.min(first, run[0])
    last = Math.max(last, endOf(run) - 1)
  }
  return { first, last }
}

/** The runs of a normal set that have one of these offsets. */
export function overlapping(runs: OffsetRuns, first: number, last: number): OffsetRuns {
  let [low, high] = [0, runs.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (endOf(runs[middle]) <= first) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < runs.length && (runs[end] as OffsetRuns[number])[0] <= last) end++
  return runs.slice(low, end)
}

/** Whether a normal set has the offset. */
export function holdsOffset(runs: OffsetRuns, offset: number): boolean {
  let [low, high] = [0, runs.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, count] = runs[middle] as OffsetRuns[number]
    if (offset < first) high = middle - 1
    else if (offset >= first + count) low = middle + 1
    else return true
  }
  return false
}

function endOf(run: OffsetRuns[number] | undefined): number {
  return run ? run[0] + run[1] : 0
}
