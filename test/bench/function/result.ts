import type { FloorStep } from './floor-steps.ts'
import type { Profile } from './profile.ts'
import type { Variant } from './variant.ts'

/** What the benchmark of the function has measured: docs/benchmarks/function.json. */
export interface FunctionResult {
  /** What was called. */
  command: string
  /** `v24.1.0` */
  node: string
  events: number
  /** Mean bytes of an event's text. */
  eventBytes: number
  variants: readonly Figures[]
}

/** Medians over the rounds. */
export interface Figures extends Variant {
  /** CPU seconds of the function for all events, of all its threads. */
  cpu: number
  /** The part of the main thread. */
  onMain: number
  /** Time of the invocations, in seconds. */
  seconds: number
  /** The most resident memory, in bytes. */
  peak: number
  /** By how much the first event let the resident memory of a warm process grow, in bytes. */
  growth: number
  /** Bytes of the objects. */
  output: number
  /** CPU seconds of the floor's steps. */
  floor: Partial<Record<FloorStep, number>>
  profile?: Profile
}

/** CPU seconds of the function to those of the floor. */
export function ratioOf({ cpu, floor }: Figures): number {
  return cpu / Object.values(floor).reduce((sum, seconds) => sum + seconds, 0)
}

/** By how much an event lets resident memory grow, in its own size. */
export function timesTheEvent({ growth }: Figures, { eventBytes }: FunctionResult): number {
  return growth / eventBytes
}

export const MOST_TIMES_THE_EVENT = 5

/** The most that a variant's ratio may be; undefined where none is set. */
export function mostRatio({ format, compression }: Variant): number | undefined {
  if (compression !== 'zstd') return undefined
  return format === 'avro' || format === 'parquet' ? 1.3 : 1.25
}
