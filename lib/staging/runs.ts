import type { OffsetRuns } from './staged-object.ts'

/** The runs of neighbours among offsets that are in ascending order, each once. */
export function runsOf(offsets: Iterable<number>): OffsetRuns {
  const runs: OffsetRuns = []
  let next = Number.NaN
  for (const offset of offsets) {
    const last = runs.at(-1)
    if (last && offset === next) last[1] += 1
    else runs.push([offset, 1])
    next = offset + 1
  }
  return runs
}

/** Every offset of the runs, in order. */
export function* offsetsOf(runs: OffsetRuns): Generator<number> {
  for (const [first, count] of runs) for (let offset = first; offset < first + count; offset++) yield offset
}
