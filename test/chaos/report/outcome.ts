import type { Verdict } from '../checker/verdict.ts'
import type { Result } from '../run.ts'

/** What one schedule has shown of one system, in the short form that is kept. */
export interface Outcome extends Omit<Verdict, 'examples'> {
  seed: number
  system: string
  batchSize: number
  /** Names, when each began after the beginning of the load, and how long it lasted, in milliseconds. */
  faults: (readonly [name: string, atMs: number, lastsMs: number])[]
  /** How often each of them has met the system, of those that can reach it. Absent: it was not counted. */
  met?: Record<string, number>
  /** Broken laws, as sentences; empty when all hold. */
  broken: string[]
}

export function outcomeOf({ schedule, system, verdict, met, broken }: Result): Outcome {
  const { examples, longestPauseMs, caughtUpMs, ...counts } = verdict
  return {
    ...{ seed: schedule.seed, system, batchSize: schedule.batchSize },
    faults: schedule.faults.map(({ name, atMs, lastsMs }) => [name, atMs, lastsMs] as const),
    ...counts,
    longestPauseMs: Math.round(longestPauseMs),
    caughtUpMs: caughtUpMs === undefined ? undefined : Math.round(caughtUpMs),
    ...{ met, broken },
  }
}
