import type { CoverageKind, CoverageRun, StretchEntry } from '../api/index.ts'

/** How finely a strip is divided: most are some hundred pixels wide, and a run has a few of them. */
export const FINEST = 300

/** Every kind, in the order in which the strips show them. */
const kinds: CoverageKind[] = ['object', 'overlap', 'gap', 'staged']

/** A run that further entries may join. */
type Joining = CoverageRun & { end: number }

/**
 * The runs of a partition's strip: neighbours of a kind become one where they are closer to one another than a strip can show, so
 * that their number is bounded. Kinds are joined apart, so that no gap is hidden by the objects around it.
 *
 * @param entries of one partition, in any order; those without offsets are left out
 * @param most at least 1; the runs of each kind are at most twice as many, and one
 */
export function joinedRuns(entries: readonly StretchEntry[], most: number): CoverageRun[] {
  const known = entries.filter(({ firstOffset, expired }) => firstOffset >= 0 && !expired)
  const ascending = known.toSorted((one, other) => one.firstOffset - other.firstOffset)
  const begin = ascending[0]?.firstOffset ?? 0
  const end = known.reduce((end, { lastOffset }) => Math.max(end, lastOffset + 1), begin)
  const step = (end - begin) / most
  return kinds.flatMap(kind =>
    joined(
      ascending.filter(entry => entry.kind === kind),
      step,
    ),
  )
}

function joined(ascending: readonly StretchEntry[], step: number): CoverageRun[] {
  const runs: Joining[] = []
  for (const entry of ascending) {
    const run = runs.at(-1)
    if (run && belongsTo(run, entry, step)) add(run, entry)
    else runs.push(runOf(entry))
  }
  return runs.map(({ end: _, ...run }) => run)
}

/** An entry that is wide enough to see keeps a run of its own, unless it lies within the current one. */
function belongsTo({ firstOffset, end }: Joining, entry: StretchEntry, step: number): boolean {
  if (entry.firstOffset - firstOffset >= step) return false
  return entry.firstOffset < end || entry.lastOffset + 1 - firstOffset < step
}

function runOf({ kind, firstOffset, lastOffset, key, reason }: StretchEntry): Joining {
  // What closed an object is told with the object.
  const why = kind === 'gap' && reason !== undefined ? { reason } : {}
  const offsets = lastOffset - firstOffset + 1
  return {
    kind,
    firstOffset,
    lastOffset,
    count: 1,
    offsets,
    ...(key === undefined ? {} : { key }),
    ...why,
    end: lastOffset + 1,
  }
}

function add(run: Joining, { firstOffset, lastOffset, kind, reason }: StretchEntry): void {
  run.count++
  // What overlaps is counted once.
  run.offsets += Math.max(0, lastOffset + 1 - Math.max(firstOffset, run.end))
  run.end = Math.max(run.end, lastOffset + 1)
  run.lastOffset = run.end - 1
  delete run.key
  if (kind === 'gap' && reason !== undefined) run.reason = reason
}
