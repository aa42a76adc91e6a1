import { type ParseArgsConfig, parseArgs, styleText } from 'node:util'
import { readRestoreSettings, restoreSections } from '../lib/config/restore.ts'
import {
  fromOptions,
  inOptions,
  optionEnvironment,
  requireGiven,
  restoreOptions,
} from '../lib/config/restore-options.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { continuation } from '../lib/connectors/commands/restore-continuation.ts'
import { confirmsPurge } from '../lib/connectors/commands/restore-purge.ts'
import { adviceFor, isRefusal, runRestore } from '../lib/connectors/commands/restore-run.ts'
import { renderTable } from '../lib/connectors/commands/table.ts'
import type { RestoreReport } from '../lib/restore/report.ts'

/**
 * `npm run restore -- --from s3://bucket/prefix --to host:port …`: from a dump to a cluster, without any service. The variables of
 * the function `restore` say what the options don't: `S3_…`, `TARGET_KAFKA_…`.
 *
 * Ends with 0 when everything is done, 1 when something failed, and 2 when it was refused or is unfinished: then it says what to
 * do next.
 */
const COMMAND = 'npm run restore --'

const options = {
  ...fromOptions,
  ...restoreOptions,
  report: { usage: 'Folder for the report; restore-<id> if not given', type: 'string' },
  json: { usage: 'Print the report as JSON', type: 'boolean' },
  yes: { usage: 'Delete the topics of --purge without asking', type: 'boolean' },
  help: { usage: 'Show this', type: 'boolean' },
} as const

const [FAILED, UNDONE] = [1, 2]
const exitCodes: Record<RestoreReport['outcome'], number> = {
  restored: 0,
  planned: 0,
  failed: FAILED,
  unfinished: UNDONE,
}

process.exitCode = await main().catch(refuse)
// Open connections to brokers and the store would keep the process alive.
process.exit()

async function main(): Promise<number> {
  const given = parsed()
  if (given.help) {
    console.log(usage())
    return 0
  }
  requireGiven(given)
  const environment = { ...process.env, ...optionEnvironment(given) }
  const settings = await readWithSecrets(restoreSections, readRestoreSettings, environment)
  const { request } = settings
  if (!request.dryRun && !(await confirmsPurge(request.purge, given.yes, text => console.error(text)))) return UNDONE
  const report = await runRestore({
    ...{ settings, request, signal: interruption(), reportFolder: given.report, json: given.json ?? false },
    write: text => console.log(text),
    tell: text => console.error(text),
  })
  if (report.outcome === 'unfinished' || report.outcome === 'failed')
    console.error(`To continue where this ended: ${continuation(COMMAND, given, request)}`)
  return report.outcome === 'planned' && report.problems.some(isRefusal) ? UNDONE : exitCodes[report.outcome]
}

function parsed() {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type }]) => [
      name,
      type === 'multiple' ? ({ type: 'string', multiple: true } as const) : { type },
    ]),
  ) as ParsedOptions
  return parseArgs({ options: config, allowPositionals: false }).values
}

type ParsedOptions = {
  [Name in keyof typeof options]: (typeof options)[Name]['type'] extends 'multiple'
    ? { type: 'string'; multiple: true }
    : { type: Exclude<(typeof options)[Name]['type'], 'multiple'> }
} & NonNullable<ParseArgsConfig['options']>

function usage(): string {
  const rows = Object.entries(options).map(([name, { usage, type }]) => [
    `  --${name}${type === 'boolean' ? '' : ' …'}`,
    usage,
  ])
  return `${COMMAND} --from s3://bucket/prefix --to host:port …\n${renderTable(rows)}\nLogins and the store are in S3_… and TARGET_KAFKA_…: docs/restore.md`
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
  const isUsage = error.code?.startsWith('ERR_PARSE_ARGS') ?? false
  if (isUsage) console.error(`All options: ${COMMAND} --help`)
  return isUsage || isRefusal(error) ? UNDONE : FAILED
}
