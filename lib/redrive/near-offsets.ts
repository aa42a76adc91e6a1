import type { OffsetRuns } from '../staging/staged-object.ts'

/** Offsets between two wanted ones that are read along: a request takes longer than so many records. */
const NEAR = 500

/** Divides runs where the gap between two of them is not worth reading. */
export function nearOnes(runs: OffsetRuns): OffsetRuns[] {
  const groups: OffsetRuns[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const run of runs) {
    if (run[0] - end <= NEAR) groups.at(-1)?.push(run)
    else groups.push([run])
    end = run[0] + run[1]
  }
  return groups
}
