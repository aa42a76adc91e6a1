import type { OffsetRuns } from './staged-object.ts'

/** The runs of neighbours among offsets that are in ascending order, each once. */
export function runsOf(offsets: Iterable<number>): OffsetRuns {
  const runs: OffsetRuns = []
  let last: OffsetRuns[number] | undefined
  let next = Number.NaN
  for (const offset of offsets) {
    if (last && offset === next) last[1] += 1
    else {
      last = [offset, 1]
      runs.push(last)
    }
    next = offset + 1
  }
  return runs
}

/** Every offset of the runs, in order. */
export function* offsetsOf(runs: OffsetRuns): Generator<number> {
  for (const [first, count] of runs) for (let offset = first; offset < first + count; offset++) yield offset
}
