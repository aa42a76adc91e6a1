import { parseTime, TIME_EXPECTED } from '../../point-in-time.ts'
import type { FailedRecords } from '../../redrive/failed-records.ts'
import type { Failures } from '../../redrive/failures.ts'
import { type FailedSelection, listFailed } from '../../redrive/list-failed.ts'
import { CommandError, connectorNamed, type StreamingContext } from './command.ts'
import { connectorClusters } from './connector-clusters.ts'
import { FailedTable } from './failed-table.ts'
import { failedJson, failedText } from './failed-text.ts'
import { openFailures } from './opened-failures.ts'
import { openMarks } from './opened-marks.ts'
import { progressOf } from './progress-line.ts'

export interface FailedOptions {
  name: string
  /** A point in time: `1d`, `2026-01-31`. */
  since?: string
  code?: string
  /** A file with the log's lines. */
  log?: string
  /** ARN of a queue. */
  queue?: string
}

/** The failed records of a connector, and sentences about what could not be listed: all of them are there when the list has ended. */
export interface FoundFailures {
  failed: AsyncIterable<FailedRecords>
  /** What has them. */
  failures: Failures
  problems: string[]
}

/** Prints the failed records of a connector that were not redriven yet: why they failed, where they are, and totals by code. */
export async function failed(context: StreamingContext, options: FailedOptions): Promise<void> {
  await findFailed(context, options, async ({ failed, problems }) => {
    if (context.json) return await printJson(failed, problems, context, options.name)
    const table = new FailedTable()
    for await (const group of failed) table.add(group)
    await context.output.write(`${[failedText(table), ...problems].join('\n')}\n`)
  })
}

/**
 * Lists the failed records of a connector.
 *
 * @param use takes them as they are found: there may be many
 * @param within what else bounds the list
 * @throws CommandError, and as {@link listFailed}
 */
export async function findFailed<Result>(
  context: Pick<StreamingContext, 'connectors' | 'deployment' | 'advance'>,
  options: FailedOptions,
  use: (found: FoundFailures) => Promise<Result>,
  within: Pick<FailedSelection, 'signal' | 'isWanted'> = {},
): Promise<Result> {
  const { deployment } = context
  const connector = connectorNamed(options.name, context.connectors)
  const selection = selectionOf(options)
  const clusters = await connectorClusters(connector, deployment)
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const marks = await openMarks(connector, deployment, clusters, report)
  const { log, queue } = options
  const progress = progressOf(context)
  const failures = await openFailures({
    ...{ connector, deployment, clusters, marks },
    ...{ log, queue, report, progress },
  })
  async function* found() {
    yield* listFailed(failures, { ...selection, ...within })
    failures.endProgress()
  }
  try {
    return await use({ failed: found(), failures, problems })
  } finally {
    await Promise.all([failures.close(), marks.close()])
  }
}

/** @throws CommandError */
function selectionOf({ since, code }: FailedOptions): FailedSelection {
  const time = since === undefined ? undefined : parseTime(since, Date.now())
  if (since !== undefined && time === undefined)
    throw new CommandError(`--since: expected ${TIME_EXPECTED}, got ${since}`)
  return { since: time, code }
}

/** Written as it is found: there may be many. */
async function printJson(
  found: AsyncIterable<FailedRecords>,
  problems: string[],
  { output }: StreamingContext,
  connector: string,
) {
  // Codes come from headers of dead letters, which may be anything.
  const totals = new Map<string, number>()
  let separator = ''
  if (!(await output.write(`{"schema":1,"connector":${JSON.stringify(connector)},"failed":[`))) return
  for await (const failed of found) {
    totals.set(failed.code, (totals.get(failed.code) ?? 0) + failed.records)
    if (!(await output.write(`${separator}\n${JSON.stringify(failedJson(failed))}`))) return
    separator = ','
  }
  await output.write(
    `\n],"totals":${JSON.stringify(Object.fromEntries(totals))},"problems":${JSON.stringify(problems)}}\n`,
  )
}
