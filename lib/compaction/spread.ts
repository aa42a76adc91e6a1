import * as z from 'zod'
import type { Unit } from '../commits/entry.ts'
import { asCodedError, CodedError } from '../error.ts'
import { compact, type RunReport } from './compact.ts'
import type { Compaction, RunTime } from './compaction.ts'
import { sweepDue } from './retention-units.ts'
import { countRun } from './run-metrics.ts'

/**
 * How many invocations may follow each other. Lambda ends chains of functions that invoke each other after about 16; what is
 * left after this many has the schedule's next run, a minute later. Source: AWS Lambda, "Recursive loop detection".
 */
const MOST_LINKS = 2

/** A sweep takes at most a quarter of a run's time: the rest is for what is staged. */
const SWEEP_SHARE = 4

/**
 * Invocations that one begins. With two links there are a hundred at most, a tenth of what an account may run at once. Source:
 * AWS Lambda, "Lambda quotas".
 */
const MOST_INVOCATIONS = 10

/** Units of an invocation: their names, with which its event stays far below the 256 KB that Lambda queues. */
const MOST_UNITS = 100

/** What an invocation is asked to do. The schedule's event asks for everything. */
export interface CompactRequest {
  /** Absent: all units of which something may be due. */
  units?: Unit[]
  /** How many invocations came before this one. */
  link: number
}

const request = z.object({
  units: z
    .array(z.object({ topic: z.string(), partition: z.union([z.int().min(0), z.literal('all')]) }))
    .min(1)
    .max(MOST_UNITS),
  link: z.int().min(1).max(MOST_LINKS),
})

/** Any event without units, such as the schedule's, asks for a whole run. */
export function parseCompactRequest(event: unknown): CompactRequest {
  return request.safeParse(event).data ?? { link: 0 }
}

/** What a run did, for the log and whoever invoked it. */
export interface RunSummary {
  units: number
  objects: number
  records: number
  bytes: number
  quarantined: number
  /** Units that other invocations do, or the next run. */
  left: number
}

/**
 * Compacts as many units as the time allows, and passes the others on. A whole run also deletes what a day's sweep is to delete.
 *
 * @param pass invokes the function again without waiting for it. Absent: what is left has the next run
 * @throws CodedError the error of a unit, after the others were compacted and passed on; that of the sweep
 */
export async function compactAndPass(
  compaction: Compaction,
  { units, link }: CompactRequest,
  time: RunTime,
  pass?: (request: CompactRequest) => Promise<void>,
): Promise<RunSummary> {
  // First, as a run of many units takes all of its time.
  const swept = link === 0 ? await sweepAndTell(compaction, time).catch(asCodedError) : undefined
  const report = await compact(compaction, { time, units })
  countRun(report, link === 0, compaction)
  if (pass && link < MOST_LINKS) {
    for (const some of shares(report)) await pass({ units: some, link: link + 1 })
  }
  const summary = summaryOf(report)
  // Most runs find nothing to do.
  if (summary.units > 0 || summary.left > 0) compaction.logger.info('Staged batches compacted', { ...summary })
  const [first, ...others] = report.failed
  if (first) throw failureOf(first, others.length)
  if (swept) throw swept
  return summary
}

async function sweepAndTell(compaction: Compaction, time: RunTime): Promise<undefined> {
  const deadline = compaction.now() + (time.deadline - compaction.now()) / SWEEP_SHARE
  const { replaced, expired, values } = await sweepDue(compaction, { ...time, deadline })
  if (replaced + expired + values > 0) compaction.logger.info('Objects deleted', { replaced, expired, values })
}

/** The units that are left, divided: as many for each invocation as this one had the time for, or more if they are too many. */
function shares({ reports, left }: RunReport): Unit[][] {
  const count = Math.min(Math.ceil(left.length / Math.max(reports.length, 1)), MOST_INVOCATIONS)
  const each = Math.min(Math.ceil(left.length / Math.max(count, 1)), MOST_UNITS)
  return Array.from({ length: count }, (_, index) => left.slice(index * each, (index + 1) * each)).filter(hasUnits)
}

const hasUnits = (units: Unit[]) => units.length > 0

function summaryOf({ reports, left }: RunReport): RunSummary {
  const sum = (of: (report: RunReport['reports'][number]) => number) => reports.reduce((sum, one) => sum + of(one), 0)
  return {
    units: reports.length,
    objects: sum(({ outputs }) => outputs.length),
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    quarantined: sum(({ quarantined }) => quarantined),
    left: left.length,
  }
}

/** The error of the first unit, so that its code is the invocation's, and how many others there were. */
function failureOf({ unit, error }: RunReport['failed'][number], others: number): Error {
  if (!(error instanceof CodedError)) return error
  const { code, message, retryable, topic = unit.topic, partition, offset } = error
  const more = others === 0 ? '' : ` (and ${others} more; the log names them)`
  return new CodedError(code, message + more, { topic, partition, offset, retryable, cause: error })
}
