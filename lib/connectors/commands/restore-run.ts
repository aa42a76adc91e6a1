import { CodedError } from '../../error.ts'
import { noTelemetry } from '../../observability/telemetry.ts'
import { openRestore, type RestoreSettings, restoreId } from '../../restore/open.ts'
import type { RestoreReport } from '../../restore/report.ts'
import type { RestoreRequest } from '../../restore/request.ts'
import { restoreAll } from '../../restore/restore.ts'
import { openTargetClients } from '../../restore/target-clients.ts'
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
  /** The folder for the report. Absent: one named after the restore, and none for a dry run. */
  reportFolder?: string
  /** Prints the report as JSON and nothing else. */
  json: boolean
  /** Prints a result. */
  write(text: string): void
  /** Prints what is told meanwhile, apart from results. */
  tell(text: string): void
}

/**
 * Restores in this process, shows how far it has come, and prints and writes the report.
 *
 * @throws CodedError when nothing was produced
 */
export async function runRestore(run: RestoreRun): Promise<RestoreReport> {
  const { settings, request, signal, json, write } = run
  const progress = new RestoreProgressLine({ dryRun: request.dryRun, write: json ? undefined : run.tell })
  const clients = openTargetClients(settings.target, { ...settings.records, clientId: CLIENT_ID })
  const logger = terminalLog(text => progress.print(text))
  const reportFolder = folderOf(run)
  const environment = { logger, telemetry: noTelemetry, reportFolder }
  const { restoration, close } = openRestore(settings, request, clients, environment)
  try {
    const report = await restoreAll(restoration, request, { deadline: Number.POSITIVE_INFINITY, signal, progress })
    progress.end()
    write(json ? JSON.stringify(report) : reportText(report))
    if (reportFolder !== undefined) await writeReport(reportFolder, report)
    if (reportFolder !== undefined && !json) run.tell(`The report is in ${reportFolder}: report.html, report.json.`)
    const nothing = report.problems.find(({ code }) => code === 'RESTORE_NOTHING_FOUND')
    if (nothing && report.outcome === 'failed') throw new CodedError('RESTORE_NOTHING_FOUND', nothing.message)
    return report
  } finally {
    progress.end()
    await Promise.all([close(), clients.close()])
  }
}

function folderOf({ settings, request, reportFolder }: RestoreRun): string | undefined {
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
