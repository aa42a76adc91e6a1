import { RUN_FAILED, RUN_FINISHED } from '../observability/run-report.ts'
import { parseJson } from '../parse-json.ts'
import { failureOf } from './log-signs.ts'
import { functionQuery, sum } from './metric-signs.ts'
import type { CompanionHealth, Failure } from './model.ts'
import { type Companion, known, type Sources, timeText } from './subject.ts'

const MINUTE_MS = 60_000

/** How many runs may be missed before a companion counts as one that doesn't run, and the least time for them. */
const MISSED_RUNS = 3
const LEAST_MS = 15 * MINUTE_MS

const RUNS = `{ ($.message = "${RUN_FINISHED}") || ($.message = "${RUN_FAILED}") }`

/** The end of a run. */
interface Run {
  time: number
  failure?: Failure
  result: Record<string, unknown>
}

/** The health of a companion, and for `sync-offsets` when it last wrote a checkpoint. */
export interface CompanionSigns {
  health: CompanionHealth
  newestCheckpoint: string | null
}

/**
 * Looks at the last runs of a function that runs on a schedule.
 *
 * @param isDetailed reads the log also when the metrics say that all is well
 */
export async function companionOf(
  { file, functionName, everyMinutes = 1 }: Companion,
  sources: Sources,
  now: number,
  isDetailed: boolean,
): Promise<CompanionSigns> {
  const unknown: Record<string, string> = {}
  const windowMs = Math.max(MISSED_RUNS * everyMinutes * MINUTE_MS, LEAST_MS)
  const counted = await known(countsOf(functionName, now - windowMs, sources), [], unknown, sources)
  const isWell = counted?.lastRun !== undefined && counted.failed === 0
  const runs =
    isWell && !isDetailed
      ? []
      : await known(runsOf(functionName, now - windowMs, sources), ['result'], unknown, sources)
  const last = runs?.at(-1)
  const lastRun = last?.time ?? counted?.lastRun
  if (lastRun === undefined)
    unknown.lastRun = unknown.result ?? `it has not run in the last ${windowMs / MINUTE_MS} min`
  // Runs that are cut off log no end; the metric counts them.
  const ok = last ? last.failure === undefined : lastRun === undefined ? null : counted?.failed === 0
  const checkpoint = runs?.findLast(({ result }) => Number(result.checkpoints) > 0)
  return {
    health: {
      function: file,
      ok,
      lastRun: lastRun === undefined ? null : timeText(lastRun),
      lastError: last?.failure ?? null,
      result: last?.result ?? {},
      unknown,
    },
    newestCheckpoint: checkpoint ? timeText(checkpoint.time) : null,
  }
}

/** When it last ran, to the minute, and how many of the runs in that minute failed. */
async function countsOf(functionName: string, from: number, { metrics }: Sources) {
  const query = { statistic: 'Sum', period: 60, from: Math.floor(from / MINUTE_MS) * MINUTE_MS } as const
  const { invocations, errors } = await metrics.read({
    invocations: functionQuery(functionName, 'Invocations', query),
    errors: functionQuery(functionName, 'Errors', query),
  })
  const lastRun = invocations.find(({ value }) => value > 0)?.time
  return { lastRun, failed: sum(errors.filter(({ time }) => time === lastRun)) }
}

async function runsOf(functionName: string, since: number, { logs }: Sources): Promise<Run[]> {
  const runs: Run[] = []
  for await (const events of logs.matching(functionName, since, RUNS)) {
    for (const { message, timestamp } of events) {
      const run = message.startsWith('{') ? runOf(message, timestamp, functionName) : undefined
      if (run) runs.push(run)
    }
  }
  return runs
}

function runOf(text: string, time: number, functionName: string): Run | undefined {
  const line = parseJson(text) as ({ message?: string; result?: Record<string, unknown> } & object) | undefined
  if (line?.message === RUN_FINISHED) return { time, result: line.result ?? {} }
  return line?.message === RUN_FAILED ? { time, result: {}, failure: failureOf(line, time, functionName) } : undefined
}
