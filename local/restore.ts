import { styleText } from 'node:util'
import { readRestoreSettings, restoreSections } from '../lib/config/restore.ts'
import { inOptions, optionEnvironment, requireGiven } from '../lib/config/restore-options.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { ProgressLine } from '../lib/connectors/commands/progress-line.ts'
import { continuation } from '../lib/connectors/commands/restore-continuation.ts'
import { confirmsPurge } from '../lib/connectors/commands/restore-purge.ts'
import { adviceFor, isRefusal, nothingFound, restoredText, runRestore } from '../lib/connectors/commands/restore-run.ts'
import type { RestoreReport } from '../lib/restore/report.ts'
import { beforeOptions } from './command-line.ts'

const [FAILED, UNDONE] = [1, 2]
const exitCodes: Record<RestoreReport['outcome'], number> = {
  restored: 0,
  planned: 0,
  failed: FAILED,
  unfinished: UNDONE,
}

/** What was given, by the options' names; those that set a variable are checked by its section. */
type Given = Record<string, unknown> & { report?: string; json?: boolean; yes?: boolean }

/**
 * From a dump to a cluster, without any service. The variables of the function `restore` say what the options don't: `S3_…`,
 * `TARGET_KAFKA_…`.
 *
 * @returns the exit code: 0 when everything is done, 1 when something failed, and 2 when it was refused or is unfinished: then it
 * says what to do next
 */
export function restore(given: Given): Promise<number> {
  return run(given).catch(refuse)
}

async function run(given: Given): Promise<number> {
  requireGiven(given)
  const environment = { ...process.env, ...optionEnvironment(given) }
  const settings = await readWithSecrets(restoreSections, readRestoreSettings, environment)
  const { request } = settings
  if (!request.dryRun && !(await confirmsPurge(request.purge, given.yes, text => console.error(text)))) return UNDONE
  const restored = await runRestore({
    ...{ settings, request, signal: interruption(), reportFolder: given.report },
    progress: new ProgressLine(),
    // A program that reads the document has no use for it.
    tell: text => given.json || console.error(text),
  })
  const { report } = restored
  console.log(given.json ? JSON.stringify(report, undefined, 2) : restoredText(restored))
  const nothing = nothingFound(report)
  if (nothing) throw nothing
  if (report.outcome === 'unfinished' || report.outcome === 'failed')
    console.error(`To continue where this ended: ${continuation(beforeOptions('restore'), given, request)}`)
  return report.outcome === 'planned' && report.problems.some(isRefusal) ? UNDONE : exitCodes[report.outcome]
}

/** Aborts with the first Ctrl-C; the second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.error('\nStopping after what is being written. Nothing of it comes twice when the restore continues.')
      controller.abort()
    })
  }
  return controller.signal
}

/** Prints an error as one message without a stack trace. @returns the exit code */
function refuse(thrown: unknown): number {
  const error = inOptions(thrown) as Error & { code?: string }
  console.error(styleText('red', `✗ ${error.message}`))
  const advice = adviceFor(error)
  if (advice) console.error(advice)
  return isRefusal(error) ? UNDONE : FAILED
}
