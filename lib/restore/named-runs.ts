import type { RestoredPartition } from './report.ts'

/**
 * Runs of missing offsets that a report names, and those that it names of one topic-partition. A topic that is written in
 * transactions has one for each of them: all of many partitions would neither fit into memory nor into a report.
 */
const MOST_RUNS = 10_000
const MOST_RUNS_OF_ONE = 1_000

/** The runs of missing offsets that are kept of one restore. All others are only counted, in `missingOffsets`. */
export class NamedRuns {
  #left = MOST_RUNS

  /** The topic-partition with as many of its runs as are still kept. */
  of(place: RestoredPartition): RestoredPartition {
    const missing = place.missing.slice(0, Math.min(this.#left, MOST_RUNS_OF_ONE))
    this.#left -= missing.length
    return { ...place, missing }
  }
}
