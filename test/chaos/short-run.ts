import type { Fault } from './faults/fault.ts'

/** Systems that read the same load under the same faults. */
export interface Group {
  systems: readonly string[]
  /** How many records are produced. */
  records: number
  /** The faults that reach one of its systems. */
  reachedBy: readonly Fault['harms'][]
}

const always = [
  'brokers',
  'network',
  'store',
  'credentials',
  'function',
  'server',
  'mapping',
  'topics',
  'clock',
] as const

/** What CI runs: all systems, 200,000 records, and each fault once. Commands take longer for a record than functions do. */
export const shortRun: readonly Group[] = [
  {
    systems: ['dump-json', 'dump-jsonl-log', 'dump-parquet-time', 'knative'],
    records: 90_000,
    reachedBy: [...always, 'dead letters'],
  },
  {
    systems: ['dump-rotated', 'replicate', 'replicate-once'],
    records: 90_000,
    reachedBy: [...always, 'target', 'job'],
  },
  { systems: ['restore', 'redrive'], records: 20_000, reachedBy: [...always, 'target', 'command', 'job'] },
]
