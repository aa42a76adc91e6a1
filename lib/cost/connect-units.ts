import { HOURS_OF_MONTH, type Prices } from './prices.ts'

/**
 * CPU seconds of the Iceberg sink on Kafka Connect for a megabyte: `npm run bench:peers` in docs/benchmarks.md, 2026-11, without its
 * start. 300,000 records of 377 B, Parquet with zstd, a commit every 2 s. Java still warms up in so short a run, so it may be less later.
 */
export const measuredSink = { cpuSeconds: 14.3, startCpuSeconds: 8.4, mb: 113.1 }

/** How much of its processor a worker uses all the time, so that it catches up after a pause. An assumption. */
export const CONNECT_UTILISATION = 0.8

/** CPU seconds of the sink for a megabyte. */
export const sinkCpuSecondsPerMb = (measuredSink.cpuSeconds - measuredSink.startCpuSeconds) / measuredSink.mb

const MB = 1e6

/**
 * MCUs of MSK Connect that a rate takes, as estimated from {@link measuredSink}: AWS documents no rate that one carries. Each has one
 * virtual CPU. Source: Amazon MSK Developer Guide, "Understand connector capacity".
 */
export function connectUnits(bytesPerSecond: number): number {
  const processors = ((bytesPerSecond / MB) * sinkCpuSecondsPerMb) / CONNECT_UTILISATION
  return Math.max(1, Math.ceil(processors))
}

/** What an MCU of MSK Connect costs a month; null where the price is not known. */
export function connectUnitDollars({ connectUnitHour }: Prices): number | null {
  return connectUnitHour === null ? null : connectUnitHour * HOURS_OF_MONTH
}
