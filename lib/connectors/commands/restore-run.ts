import { CodedError } from '../../error.ts'
import { noTelemetry } from '../../observability/telemetry.ts'
import { openRestore, type RestoreSettings, restoreId } from '../../restore/open.ts'
import type { RestoreReport } from '../../restore/report.ts'
import type { RestoreRequest } from '../../restore/request.ts'
import { restoreAll } from '../../restore/restore.ts'
import { openTargetClients } from '../../restore/target-clients.ts'
import type { Progress } from './progress-line.ts'
import { RestoreProgressLine } from './restore-progress.ts'
import { writeReport } from './restore-report-files.ts'
import { refusals, reportText } from './restore-text.ts'
import { terminalLog } from './terminal-log.ts'

/** The name by which the brokers know the process. */
const CLIENT_ID = 'kafka-functions-restore'

/** A restore in this process. */
export interface RestoreRun {
  settings: RestoreSettings
  request: RestoreRequest
  /** Ends the restore after what is being written. */
  signal: AbortSignal
  /** The folder for the report. Absent: one named after the restore, and none for a dry run. `false`: the report isn't written. */
  reportFolder?: string | false
  /** Where it shows how far it is. */
  progress: Progress
  /** Prints what is told meanwhile, apart from the report. */
  tell(text: string): void
}

/** What a restore leaves behind. */
export interface Restored {
  report: RestoreReport
  /** Where the report was written. */
  folder?: string
}

/** Restores in this process, shows how far it has come, and writes the report into its folder. */
export async function runRestore(run: RestoreRun): Promise<Restored> {
  const { settings, request, signal } = run
  const progress = new RestoreProgressLine({ dryRun: request.dryRun, write: run.tell, line: run.progress })
  const clients = openTargetClients(settings.target, { ...settings.records, clientId: CLIENT_ID })
  const logger = terminalLog(text => progress.print(text))
  const reportFolder = folderOf(run)
  const environment = { logger, telemetry: noTelemetry, reportFolder }
  const { restoration, close } = openRestore(settings, request, clients, environment)
  try {
    const report = await restoreAll(restoration, request, { deadline: Number.POSITIVE_INFINITY, signal, progress })
    progress.end()
    if (reportFolder !== undefined) await writeReport(reportFolder, report)
    return { report, folder: reportFolder }
  } finally {
    progress.end()
    await Promise.all([close(), clients.close()])
  }
}

/** A report for people, with the place where it was written. */
export function restoredText({ report, folder }: Restored): string {
  const text = reportText(report)
  return folder === undefined ? text : `${text}\n\nThe report is in ${folder}: report.html, report.json.`
}

/** Why nothing was restored, when the dump has nothing of what was asked for. */
export function nothingFound({ outcome, problems }: RestoreReport): CodedError | undefined {
  const nothing = problems.find(({ code }) => code === 'RESTORE_NOTHING_FOUND')
  return nothing && outcome === 'failed' ? new CodedError('RESTORE_NOTHING_FOUND', nothing.message) : undefined
}

function folderOf({ settings, request, reportFolder }: RestoreRun): string | undefined {
  if (reportFolder === false) return undefined
  return reportFolder ?? (request.dryRun ? undefined : `restore-${restoreId(settings, request)}`)
}

/** Whether an error, or a problem that a dry run has found, refuses a restore before it produces anything. */
export function isRefusal({ code }: { code?: string }): boolean {
  return refusals.includes(code ?? '')
}

/** What a person can do about a refusal, in the words of the command's options; undefined when the message says it. */
export function adviceFor(error: unknown): string | undefined {
  const { code, topic = 'orders' } = error as CodedError
  if (code === 'RESTORE_TARGET_NOT_EMPTY')
    return `Either restore to another name (--rename ${topic}=${topic}-restored), or add to what is there (--append), or delete it first (--purge ${topic}).`
  if (code === 'RESTORE_TARGET_LACKS_RECORDS' || code === 'RESTORE_OUT_OF_ORDER')
    return `--purge ${topic} deletes the topic and starts over; --rename ${topic}=${topic}-restored restores beside it; --append adds what is not there.`
  if (code === 'RESTORE_OFFSETS_MISSING')
    return 'Without --strict, what is there is restored, and the report names the missing offsets. --dry-run shows all of them.'
  return undefined
}
