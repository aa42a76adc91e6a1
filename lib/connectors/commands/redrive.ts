import { OFFSETS_EXPECTED, type PlacedOffsets, parseOffsets } from '../../commits/offset-notation.ts'
import { parseTime, TIME_EXPECTED } from '../../point-in-time.ts'
import { silent } from '../../redrive/deliver-again.ts'
import type { FailedRecords } from '../../redrive/failed-records.ts'
import { fetchRecords } from '../../redrive/fetch-records.ts'
import { type FailedSelection, listFailed } from '../../redrive/list-failed.ts'
import { limited, redriveAll, withOffsets } from '../../redrive/redrive.ts'
import type { FetchFailed } from '../../redrive/redriver.ts'
import type { RedriveReport } from '../../redrive/report.ts'
import { CommandError, connectorNamed, type StreamingContext } from './command.ts'
import { connectorClusters } from './connector-clusters.ts'
import { countText, numberText } from './count-text.ts'
import type { CommandResult } from './documents/index.ts'
import { FailedTable } from './failed-table.ts'
import { failedJson, failedText } from './failed-text.ts'
import { type OpenedFailures, openFailures } from './opened-failures.ts'
import { openMarks } from './opened-marks.ts'
import { type OpenedRedriver, openRedriver } from './opened-redriver.ts'
import { type Progress, progressOf } from './progress-line.ts'
import { redriveText } from './redrive-text.ts'

export interface RedriveOptions {
  name: string
  /** `orders-0:3,50-60` */
  offsets?: string
  code?: string
  /** A point in time: `1d`, `2026-01-31`. */
  since?: string
  /** Records that are tried at most. */
  limit?: string
  /** `100/s` */
  rate?: string
  'dry-run'?: boolean
  /** A file with the log's lines. */
  log?: string
  /** ARN of a queue. */
  queue?: string
}

interface Asked {
  selection: FailedSelection
  offsets?: PlacedOffsets
  limit?: number
  rate?: number
}

/**
 * Does a connector's failed records again, in this process, and tells what became of them. Ctrl-C ends it after the records that are
 * under way; the next redrive continues. It is a failure when records have failed again.
 */
export async function redrive(context: StreamingContext, options: RedriveOptions): Promise<CommandResult<'redrive'>> {
  const { deployment } = context
  const connector = connectorNamed(options.name, context.connectors)
  const asked = askedOf(options)
  const progress = progressOf(context)
  const clusters = await connectorClusters(connector, deployment)
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const dryRun = options['dry-run'] === true
  const opened: Partial<OpenedRedriver> & { failures?: OpenedFailures } = {}
  const fetch: FetchFailed = (failed, ofEarlier) => fetchRecords(opened.failures as OpenedFailures, failed, ofEarlier)
  if (!dryRun) Object.assign(opened, await openRedriver({ connector, deployment, clusters, fetch, logger: silent }))
  const marks = await openMarks(connector, deployment, clusters, report)
  const { log, queue } = options
  opened.failures = await openFailures({
    ...{ connector, deployment, clusters, marks },
    ...{ log, queue, report, progress },
  })
  try {
    const { failures, redriver } = opened
    const signal = context.interruption()
    const failed = limited(await listed(failures, asked, signal), asked.limit)
    failures.endProgress()
    if (!redriver) return planned(failed, problems, options.name)
    const work = { ...{ failures, redriver, fetch, problems, progress, signal }, rate: asked.rate }
    return await run(failed, work, options.name)
  } finally {
    await Promise.all([opened.failures.close(), marks.close(), opened.close?.()])
  }
}

/** All of them first. What the group has passed is known then, and so is in the bucket when that is listed afterwards. */
async function listed(
  failures: OpenedFailures,
  { selection, offsets }: Asked,
  signal: AbortSignal,
): Promise<FailedRecords[]> {
  const isWanted: FailedSelection['isWanted'] =
    offsets && (({ topic, partition }) => offsets[topic]?.[partition] !== undefined)
  const failed: FailedRecords[] = []
  for await (const group of listFailed(failures, { ...selection, isWanted, signal })) failed.push(group)
  return withOffsets(failed, offsets)
}

type Run = Pick<Asked, 'rate'> &
  Pick<OpenedRedriver, 'redriver'> & {
    failures: OpenedFailures
    fetch: FetchFailed
    problems: string[]
    progress: Progress
    signal: AbortSignal
  }

async function run(failed: FailedRecords[], work: Run, connector: string): Promise<CommandResult<'redrive'>> {
  const { problems, progress, ...redrive } = work
  const onProgress = (done: number, total: number) =>
    progress.show(
      () => `${numberText(done)} of ${countText(total, 'record')} redriven`,
      () => ({ done, total, unit: 'records redriven' }),
    )
  const report = await redriveAll(failed, { ...redrive, onProgress })
  progress.clear()
  return {
    document: { connector, ...report, problems },
    text: () => [redriveText(report), ...problems].join('\n'),
    failure: failureOf(report, work.signal),
  }
}

function planned(failed: FailedRecords[], problems: string[], connector: string): CommandResult<'redrive'> {
  const table = new FailedTable()
  for (const group of failed) table.add(group)
  return {
    document: { schema: 1, connector, outcome: 'planned', failed: failed.map(failedJson), problems },
    text: () => [failedText(table), '', 'Nothing was changed: this is a dry run.', ...problems].join('\n'),
  }
}

function failureOf({ places }: RedriveReport, { aborted }: AbortSignal): string | undefined {
  if (aborted) return 'Interrupted. Nothing is lost: the next redrive continues.'
  if (places.some(({ stopped }) => stopped)) return 'Some topic-partitions were not finished.'
  if (places.some(({ failed }) => failed.length > 0))
    return 'Some records have failed again. They are listed with their new code.'
  return undefined
}

/** @throws CommandError */
function askedOf({ offsets, code, since, limit, rate }: RedriveOptions): Asked {
  const wrong = (option: string, expected: string, got: string) =>
    new CommandError(`--${option}: expected ${expected}, got ${got}`)
  const time = since === undefined ? undefined : parseTime(since, Date.now())
  if (since !== undefined && time === undefined) throw wrong('since', TIME_EXPECTED, since)
  const placed = offsets === undefined ? undefined : parseOffsets(offsets)
  if (offsets !== undefined && !placed) throw wrong('offsets', OFFSETS_EXPECTED, offsets)
  if (limit !== undefined && !/^[1-9]\d{0,11}$/.test(limit)) throw wrong('limit', 'a number of records', limit)
  const perSecond = rate === undefined ? undefined : /^([1-9]\d{0,8})(?:\/s)?$/.exec(rate)?.[1]
  if (rate !== undefined && perSecond === undefined) throw wrong('rate', 'records a second, such as 100/s', rate)
  return {
    selection: { since: time, code },
    offsets: placed,
    limit: limit === undefined ? undefined : Number(limit),
    rate: perSecond === undefined ? undefined : Number(perSecond),
  }
}
