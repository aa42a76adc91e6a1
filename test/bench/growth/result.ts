import type { Profile } from '../function/profile.ts'
import { type Spread, spreadOf } from '../spread.ts'
import type { Load, Series } from './series.ts'
import type { LoadedName, Run } from './targets.ts'

/** What a load has taken. */
export interface GrowthPoint extends Load {
  events: number
  /** CPU seconds of all events, without the start. */
  cpu: Spread
  cpuPerMillionRecords: Spread
  /** For 10^9 bytes of values. */
  cpuPerGigabyte: Spread
  /** Of the invocations. */
  seconds: Spread
  peakMb: Spread
  /** To the store, or to brokers. */
  requests: Spread
}

export interface GrowthSeries extends Pick<Series, 'quantity'> {
  function: LoadedName
  points: GrowthPoint[]
  /** Of the first and the last load. */
  profiles: GrowthProfile[]
}

/** Where the time of a load goes. */
export interface GrowthProfile extends Load, Pick<Profile, 'steps'> {}

/** The file `docs/benchmarks/growth.json`. */
export interface GrowthResult {
  date: string
  machine: string
  command: string
  series: GrowthSeries[]
}

/** @param runs at least one */
export function growthPoint(load: Load, runs: Run[]): GrowthPoint {
  const spread = (figure: (run: Run) => number) => spreadOf(runs.map(run => Math.round(figure(run) * 1_000) / 1_000))
  return {
    ...load,
    events: runs[0]?.events ?? 0,
    cpu: spread(({ cpu }) => cpu),
    cpuPerMillionRecords: spread(({ cpu }) => (cpu / load.records) * 1e6),
    cpuPerGigabyte: spread(({ cpu }) => (cpu / (load.records * load.recordBytes)) * 1e9),
    seconds: spread(({ seconds }) => seconds),
    peakMb: spread(({ peak }) => Math.round(peak / 1e6)),
    requests: spread(({ requests }) => requests),
  }
}
