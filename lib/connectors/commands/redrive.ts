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
import { FailedTable, failedJson } from './failed-text.ts'
import { type OpenedFailures, openFailures } from './opened-failures.ts'
import { openMarks } from './opened-marks.ts'
import { type OpenedRedriver, openRedriver } from './opened-redriver.ts'
import { ProgressLine } from './progress-line.ts'
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
  /** One JSON document. */
  json?: boolean
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
 * Does a connector's failed records again, in this process, and prints what became of them. Ctrl-C ends it after the records that are
 * under way; the next redrive continues.
 *
 * @throws CommandError when records have failed again
 */
export async function redrive(context: StreamingContext, options: RedriveOptions): Promise<void> {
  const { deployment } = context
  const connector = connectorNamed(options.name, context.connectors)
  const asked = askedOf(options)
  const clusters = await connectorClusters(connector, deployment)
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const dryRun = options['dry-run'] === true
  const opened: Partial<OpenedRedriver> & { failures?: OpenedFailures } = {}
  const fetch: FetchFailed = (failed, ofEarlier) => fetchRecords(opened.failures as OpenedFailures, failed, ofEarlier)
  if (!dryRun) Object.assign(opened, await openRedriver({ connector, deployment, clusters, fetch, logger: silent }))
  const marks = await openMarks(connector, deployment, clusters, report)
  const { log, queue } = options
  opened.failures = await openFailures({ connector, deployment, clusters, marks, log, queue, report })
  try {
    const { failures, redriver } = opened
    const failed = limited(await listed(failures, asked), asked.limit)
    if (redriver) await run(failed, { ...asked, failures, redriver, fetch, problems }, context, options)
    else print(failed, problems, context, options)
  } finally {
    await Promise.all([opened.failures.close(), marks.close(), opened.close?.()])
  }
}

/** All of them first. What the group has passed is known then, and so is in the bucket when that is listed afterwards. */
async function listed(failures: OpenedFailures, { selection, offsets }: Asked): Promise<FailedRecords[]> {
  const isWanted: FailedSelection['isWanted'] =
    offsets && (({ topic, partition }) => offsets[topic]?.[partition] !== undefined)
  const failed: FailedRecords[] = []
  for await (const group of listFailed(failures, { ...selection, isWanted })) failed.push(group)
  return withOffsets(failed, offsets)
}

type Run = Pick<Asked, 'rate'> &
  Pick<OpenedRedriver, 'redriver'> & {
    failures: OpenedFailures
    fetch: FetchFailed
    problems: string[]
  }

async function run(failed: FailedRecords[], work: Run, context: StreamingContext, { name, json }: RedriveOptions) {
  const line = new ProgressLine()
  const { problems, ...redrive } = work
  const signal = context.interruption()
  const onProgress = (done: number, total: number) =>
    line.show(() => `${numberText(done)} of ${countText(total, 'record')} redriven`)
  const report = await redriveAll(failed, { ...redrive, signal, onProgress })
  line.clear()
  const document = { connector: name, ...report, problems }
  context.write(json ? JSON.stringify(document, undefined, 2) : [redriveText(report), ...problems].join('\n'))
  if (signal.aborted) throw new CommandError('Interrupted. Nothing is lost: the next redrive continues.')
  if (report.places.some(({ stopped }) => stopped)) throw new CommandError('Some topic-partitions were not finished.')
  if (hasFailed(report)) throw new CommandError('Some records have failed again. They are listed with their new code.')
}

function print(
  failed: FailedRecords[],
  problems: string[],
  { write }: StreamingContext,
  { name, json }: RedriveOptions,
): void {
  if (json) {
    const planned = failed.map(failedJson)
    write(JSON.stringify({ schema: 1, connector: name, outcome: 'planned', failed: planned, problems }, undefined, 2))
    return
  }
  const table = new FailedTable()
  for (const group of failed) table.add(group)
  write([table.text(), '', 'Nothing was changed: this is a dry run.', ...problems].join('\n'))
}

function hasFailed({ places }: RedriveReport): boolean {
  return places.some(({ failed }) => failed.length > 0)
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
