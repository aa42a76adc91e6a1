/** What a function takes for what it moves. */
export interface MeasuredFunction {
  /** CPU seconds for a megabyte (10⁶ bytes) of keys, values and headers. */
  cpuSecondsPerMb: number
  /** Bytes of objects for each byte of records. */
  storedRatio: number
}

/** Megabytes of the measured topic: 1,000,000 records of 377 B. */
const MEASURED_MB = 377

/**
 * Of one processor of the machine of docs/speed.md, with records of 377 B. The figures are those of the whole process, so reading the
 * topic and building the events, which Lambda does elsewhere, are in them. Smaller records take more for a megabyte, larger ones less.
 */
export const measuredFunctions = {
  /** `npm run bench:e2e`, `jsonl` with zstd, in docs/speed.md, 2026-11: 8.9 CPU s, 89.8 MB. */
  dump: { cpuSecondsPerMb: 8.9 / MEASURED_MB, storedRatio: 89.8 / MEASURED_MB },
  /** `npm run bench:replicate`, at least once, in docs/replicate.md, 2026-11: 7.1 CPU s. */
  replicate: { cpuSecondsPerMb: 7.1 / MEASURED_MB, storedRatio: 0 },
} satisfies Record<string, MeasuredFunction>

/** CPU seconds of `compact` for a gigabyte (10⁹ bytes) of staged objects: `npm run bench:compact` in docs/speed.md, 2026-11. */
export const COMPACT_CPU_SECONDS_PER_GB = 13.5

/** Memory with which a function has one whole processor, in MB. Source: AWS Lambda Developer Guide, "Configure Lambda function memory". */
export const WHOLE_CPU_MB = 1_769

/** What an invocation waits for the store or the cluster, in seconds. An assumption: `npm run bench:wide` is measured with it. */
export const WAIT_SECONDS = 0.05

/** How long an invocation takes, in seconds. More than one processor doesn't help. */
export function invocationSeconds(cpuSeconds: number, memoryMb: number): number {
  return cpuSeconds / Math.min(1, memoryMb / WHOLE_CPU_MB) + WAIT_SECONDS
}
