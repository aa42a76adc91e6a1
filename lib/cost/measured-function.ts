import type { CompressionName } from '../formats/compression.ts'
import type { FormatName, ObjectForm } from '../formats/index.ts'

/** What a function takes for what it moves. */
export interface MeasuredFunction {
  /** CPU seconds for a megabyte (10⁶ bytes) of keys, values and headers. */
  cpuSecondsPerMb: number
  /** Bytes of objects for each byte of records. */
  storedRatio: number
}

/** Megabytes of the measured topics: 1,000,000 records of 377 B. Smaller records take more for a megabyte, larger ones less. */
const MEASURED_MB = 377

/**
 * CPU seconds and megabytes of objects of the function `dump` alone, all of one run: `npm run bench:function` in docs/benchmarks.md,
 * 2026-11. What is missing here after a new format was added is measured with it.
 */
export const functionAlone: Record<FormatName, Record<CompressionName, { cpuSeconds: number; mb: number }>> = {
  json: {
    none: { cpuSeconds: 4.69, mb: 510.9 },
    gzip: { cpuSeconds: 9.63, mb: 84.1 },
    zstd: { cpuSeconds: 4.97, mb: 85.1 },
  },
  jsonl: {
    none: { cpuSeconds: 4.55, mb: 510.9 },
    gzip: { cpuSeconds: 9.58, mb: 84.1 },
    zstd: { cpuSeconds: 5.2, mb: 85.1 },
  },
  raw: {
    none: { cpuSeconds: 3.17, mb: 360.0 },
    gzip: { cpuSeconds: 7.59, mb: 69.4 },
    zstd: { cpuSeconds: 3.62, mb: 72.4 },
  },
  avro: {
    none: { cpuSeconds: 3.53, mb: 395.4 },
    gzip: { cpuSeconds: 8.61, mb: 82.1 },
    zstd: { cpuSeconds: 4.42, mb: 86.3 },
  },
  parquet: {
    none: { cpuSeconds: 4.31, mb: 395.6 },
    gzip: { cpuSeconds: 9.14, mb: 75.9 },
    zstd: { cpuSeconds: 5.04, mb: 77.8 },
  },
}

/**
 * CPU seconds of a dump from a topic to the store, of the whole process: `npm run bench:e2e` in docs/speed.md, 2026-11. Reading the
 * topic and building the events, which Lambda does elsewhere, are in them.
 */
export const endToEnd = {
  json: { gzip: 13.3, zstd: 8.6 },
  jsonl: { zstd: 9.0 },
} satisfies Partial<Record<FormatName, Partial<Record<CompressionName, number>>>>

/** The measured compression of `json` from which those of forms are derived that nobody has measured from a topic to the store. */
const derivedFrom = { none: 'zstd', gzip: 'gzip', zstd: 'zstd' } satisfies Record<
  CompressionName,
  keyof (typeof endToEnd)['json']
>

/** What a dump takes, and from which form its CPU time is derived if that wasn't measured from a topic to the store. */
export interface MeasuredDump extends MeasuredFunction {
  derivedFrom: ObjectForm | undefined
}

/** What a dump of that format and compression takes, on one processor of the machine of docs/speed.md, with records of 377 B. */
export function measuredDump({ format, compression }: ObjectForm): MeasuredDump {
  const own = functionAlone[format][compression]
  const measured: Partial<Record<FormatName, Partial<Record<CompressionName, number>>>> = endToEnd
  const whole = measured[format]?.[compression]
  const like = derivedFrom[compression]
  const derived = (endToEnd.json[like] * own.cpuSeconds) / functionAlone.json[like].cpuSeconds
  return {
    cpuSecondsPerMb: (whole ?? derived) / MEASURED_MB,
    storedRatio: own.mb / MEASURED_MB,
    derivedFrom: whole === undefined ? { format: 'json', compression: like } : undefined,
  }
}

/** What a replication takes: `npm run bench:replicate`, at least once, in docs/replicate.md, 2026-11. Of the whole process, too. */
export const measuredReplicate: MeasuredFunction = { cpuSecondsPerMb: 7.1 / MEASURED_MB, storedRatio: 0 }

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
