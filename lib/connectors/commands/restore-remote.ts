import { setTimeout as sleep } from 'node:timers/promises'
import { parseRestoreEvent } from '../../config/restore-event.ts'
import { restoreOptions } from '../../config/restore-options.ts'
import { countText, durationText } from '../../restore/figures.ts'
import { restoreFolder, restoreId, restoreStore } from '../../restore/open.ts'
import type { RestoreReport } from '../../restore/report.ts'
import { createRunFolder, type RunFolder } from '../../restore/run-folder.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'
import { restoreDocument } from './documents/restore.ts'
import type { Progress } from './progress-line.ts'
import { writeReport } from './restore-report-files.ts'
import type { Restored, RestoreRun } from './restore-run.ts'

/** Between two looks into the bucket. */
const PAUSE_MS = 2_000

/** Longer than an invocation: without any news for so long, something ended that had to continue. */
const SILENCE_MS = 1_200_000

/**
 * Has the connector's function restore, and follows it by what it keeps in the bucket.
 *
 * @returns undefined when nobody waits any more
 * @throws CommandError when there is no such function, or it could not begin
 */
export async function restoreRemotely(
  connector: DumpConnector,
  deployment: Deployment,
  options: Record<string, unknown>,
  run: RestoreRun,
): Promise<Restored | undefined> {
  if (!connector.declaration.restore)
    throw new CommandError(
      `${connector.name} has no function that restores: declare restore (docs/restore.md), or leave out --remote.`,
    )
  const event = eventOf(options)
  // What is wrong is said here, and not in a log.
  parseRestoreEvent(event, {})
  const name = `command-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`
  const id = restoreId(run.settings, run.request)
  const place = `${restoreFolder(run.settings, id)}${name}/`
  await deployment.begin(connector, 'restore', { ...event, run: name })
  run.tell(`The function has begun. What it does is in s3://${run.settings.store.bucket}/${place}`)
  const report = await follow(createRunFolder(restoreStore(run.settings), place), connector, run)
  if (!report) return undefined
  const folder = run.reportFolder || undefined
  if (folder !== undefined) await writeReport(folder, report)
  return { report, folder }
}

/** The fields of the function's event. @throws CommandError for options that only its deployment decides */
function eventOf(options: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(restoreOptions).filter(
    ([name]) => options[name] !== undefined && options[name] !== false,
  )
  const other = given.find(([, { variable }]) => !variable.startsWith('RESTORE_'))
  if (other)
    throw new CommandError(`--${other[0]}: not with --remote, as the deployed function has it from its declaration.`)
  return Object.fromEntries(
    given.map(([name]) => [name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase()), options[name]]),
  )
}

/** The function may be of another version; fields that were added since are no trouble. @throws CommandError */
function checkedReport(report: RestoreReport, { name }: DumpConnector): RestoreReport {
  const { error } = restoreDocument.safeParse(report)
  const wrong = error?.issues.find(({ code }) => code !== 'unrecognized_keys')
  if (!wrong) return report
  throw new CommandError(
    `The function of ${name} wrote a report of another form than this version of the command expects (${wrong.path.join('.')}); deploy the service again.`,
  )
}

function failureText({ code, message }: { code: string; message: string }, isBegun: boolean): string {
  return isBegun
    ? `The function has failed, and its repetitions as well: ${message} (${code}) What it has restored stays.`
    : `The function could not begin: ${message} (${code})`
}

interface Course {
  /** Topic-partitions that are done, and how many there are; undefined while there is no plan. */
  ended: number
  total?: number
  /** Since the beginning, in milliseconds. */
  time: number
}

function show(progress: Progress, { ended, total, time }: Course): void {
  progress.show(
    () =>
      total === undefined
        ? `waiting for the function, ${durationText(time)}`
        : `${ended} of ${countText(total, 'topic-partition')}, ${durationText(time)}`,
    () => ({ done: ended, total, unit: 'topic-partitions' }),
  )
}

async function follow(
  folder: RunFolder,
  connector: DumpConnector,
  run: RestoreRun,
): Promise<RestoreReport | undefined> {
  const begun = Date.now()
  let plan: Awaited<ReturnType<RunFolder['plan']>>
  let [known, newsAt] = [-1, begun]
  try {
    while (!run.signal.aborted) {
      const report = await folder.report()
      if (report) return checkedReport(report, connector)
      const failure = await folder.failure()
      plan ??= await folder.plan()
      if (failure) throw new CommandError(failureText(failure, plan !== undefined))
      const parts = plan ? await folder.parts() : []
      if (parts.length !== known) [known, newsAt] = [parts.length, Date.now()]
      const ended = parts.filter(part => part.ended).length
      show(run.progress, { ended, total: plan?.places.length, time: Date.now() - begun })
      if (Date.now() - newsAt > SILENCE_MS)
        throw new CommandError(
          `The function has told nothing new for ${durationText(SILENCE_MS)}. Its log tells more: /aws/lambda/…-${connector.name}-restore`,
        )
      await sleep(PAUSE_MS, undefined, { signal: run.signal }).catch(() => {})
    }
    run.tell('The function continues; its report will be there.')
    return undefined
  } finally {
    run.progress.clear()
  }
}
