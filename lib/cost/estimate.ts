import type { ObjectForm } from '../formats/index.ts'
import { type Batching, batchingOf, type Load } from './batching.ts'
import { hourlyRequests, type Requests } from './compaction-requests.ts'
import {
  COMPACT_CPU_SECONDS_PER_GB,
  invocationSeconds,
  type MeasuredFunction,
  measuredDump,
  measuredReplicate,
} from './measured-function.ts'
import { BILLED_GB, HOURS_OF_MONTH, type Prices, requestsDollars } from './prices.ts'

const SECONDS_OF_HOUR = 3_600
const MB = 1e6
const GB = 1e9
const TB = 1e12

/** What is done with records: a dump writes objects of some form. */
export type Work = ({ kind: 'dump' } & ObjectForm) | { kind: 'replicate' }

/** What a connector moves, and how. */
export type Workload = Work & Circumstances

interface Circumstances extends Load {
  /** Memory of its function in MB. */
  memoryMb: number
  /** Whether its batches are staged, and compacted each hour. */
  rotates: boolean
}

/** What a month of it uses. */
export interface MonthlyUsage {
  tb: number
  records: number
  invocations: number
  gbSeconds: number
  /** Requests of the store, those of compaction among them. */
  requests: Requests
  /** Those of compaction alone; none without rotation. */
  compaction: Requests
  /** Objects that are there in the end. */
  objects: number
  /** Gigabytes, as they are billed, that a month adds to the store. */
  storedGb: number
  batching: Batching
}

const NOTHING: Requests = { put: 0, list: 0, get: 0, delete: 0 }

/** What the functions take that do such work, as it was measured. */
export function measuredOf(work: Work): MeasuredFunction {
  return work.kind === 'dump' ? measuredDump(work) : measuredReplicate
}

/** What a month uses at that rate, by the figures of {@link measuredOf}. */
export function monthlyUsage(workload: Workload): MonthlyUsage {
  const measured = measuredOf(workload)
  const { bytesPerSecond, recordBytes, memoryMb } = workload
  const times = HOURS_OF_MONTH * SECONDS_OF_HOUR
  const batching = batchingOf(workload)
  const batches = batching.perSecond * times
  const bytes = bytesPerSecond * times
  const cpuSeconds = (measured.cpuSecondsPerMb * batching.records * recordBytes) / MB
  const gbSeconds = batches * gbSecondsOf(invocationSeconds(cpuSeconds, memoryMb), memoryMb)
  const ofFunction = {
    ...{ tb: bytes / TB, records: bytes / recordBytes, invocations: batches, gbSeconds, batching },
    ...{ requests: NOTHING, compaction: NOTHING, objects: 0, storedGb: (bytes * measured.storedRatio) / BILLED_GB },
  }
  if (workload.kind === 'replicate') return ofFunction
  if (!workload.rotates) return { ...ofFunction, requests: { ...NOTHING, put: batches }, objects: batches }
  return compacted(ofFunction, workload, measured.storedRatio)
}

/** Bytes at which an object is closed, however short its hour. Source: `lib/compaction/rotation.ts`. */
const LARGEST_OBJECT = 2 ** 31

/** Bytes of a part of a large object, and the requests that it takes beside its parts, less the one that a small object takes. */
const PART_BYTES = 8 * 2 ** 20
const MORE_REQUESTS = 2

function compacted(
  usage: MonthlyUsage,
  { partitions, bytesPerSecond, memoryMb }: Workload,
  ratio: number,
): MonthlyUsage {
  const storedInHour = (bytesPerSecond * ratio * SECONDS_OF_HOUR) / partitions
  const closings = Math.max(1, storedInHour / LARGEST_OBJECT)
  const batches = usage.invocations / HOURS_OF_MONTH / partitions
  const { dump, compact } = hourlyRequests({ partitions, batches, closings, units: partitions })
  const objects = partitions * closings
  const objectBytes = storedInHour / closings
  const partPuts = objectBytes > PART_BYTES ? objects * (Math.ceil(objectBytes / PART_BYTES) + MORE_REQUESTS) : 0
  const compaction = monthly({ ...compact, put: compact.put + partPuts })
  const cpuSeconds = ((storedInHour * partitions) / GB) * COMPACT_CPU_SECONDS_PER_GB
  const gbSecondsInHour = gbSecondsOf(invocationSeconds(cpuSeconds, memoryMb), memoryMb)
  return {
    ...usage,
    invocations: usage.invocations + MINUTES_OF_HOUR * HOURS_OF_MONTH,
    gbSeconds: usage.gbSeconds + gbSecondsInHour * HOURS_OF_MONTH,
    requests: { ...compaction, put: compaction.put + monthly(dump).put },
    compaction,
    objects: objects * HOURS_OF_MONTH,
  }
}

/** `compact` looks each minute. */
const MINUTES_OF_HOUR = 60

function monthly(requests: Requests): Requests {
  const entries = Object.entries(requests).map(([name, count]) => [name, count * HOURS_OF_MONTH])
  return Object.fromEntries(entries) as unknown as Requests
}

const gbSecondsOf = (seconds: number, memoryMb: number) => (seconds * memoryMb) / 1024

/** Dollars of a month, storage aside. */
export interface ProcessingCost {
  invocations: number
  compute: number
  requests: number
}

export function processingCost(usage: Pick<MonthlyUsage, 'invocations' | 'gbSeconds' | 'requests'>, prices: Prices) {
  const { invocations, gbSeconds, requests } = usage
  return {
    invocations: (invocations / 1e6) * prices.millionInvocations,
    compute: gbSeconds * prices.gbSecond,
    requests: requestsDollars(requests, prices),
  } satisfies ProcessingCost
}

export const sumOf = ({ invocations, compute, requests }: ProcessingCost) => invocations + compute + requests
