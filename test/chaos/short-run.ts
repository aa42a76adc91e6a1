import { otherSystems } from './others/index.ts'

/** Systems that read the same load under the same faults. */
export interface Group {
  systems: readonly string[]
  /** How many records are produced. */
  records: number
}

/**
 * What runs without `--long`: all systems, 200,000 records, and each fault once. Commands, and a request for each record, take longer
 * than functions do, so these get fewer. Other people's systems run only when they are named.
 */
export const shortRun: readonly Group[] = [
  { systems: ['dump-json', 'dump-jsonl-log', 'dump-parquet-time'], records: 90_000 },
  { systems: ['dump-rotated', 'replicate', 'replicate-once'], records: 90_000 },
  { systems: ['restore', 'redrive', 'knative'], records: 20_000 },
  { systems: Object.keys(otherSystems), records: 16_000 },
]
