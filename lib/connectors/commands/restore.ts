import { readRestoreSettings, restoreSections } from '../../config/restore.ts'
import { inOptions, optionEnvironment } from '../../config/restore-options.ts'
import { readWithSecrets } from '../../config/secrets.ts'
import type { Environment } from '../../config/section.ts'
import type { RestoreReport } from '../../restore/report.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { restoreEnvironment } from '../resources/environment.ts'
import { CommandError, type StreamingContext } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { CommandResult } from './documents/index.ts'
import { dumpNamed, withIdentity } from './opened-connector.ts'
import { progressOf } from './progress-line.ts'
import { continuation } from './restore-continuation.ts'
import { confirmsPurge } from './restore-purge.ts'
import { restoreRemotely } from './restore-remote.ts'
import { adviceFor, isRefusal, nothingFound, restoredText, runRestore } from './restore-run.ts'

export interface RestoreOptions extends Record<string, unknown> {
  name: string
  /** `host:port` of another cluster than the declared one. */
  to?: string
  /** The folder for the report. `false`: none is written, because the caller uses the document. */
  report?: string | false
  /** Deletes the topics of `--purge` without asking. */
  yes?: boolean
  /** Has the deployed function restore. */
  remote?: boolean
}

const SOURCE = 'SOURCE_KAFKA_'
const TARGET = 'TARGET_KAFKA_'

/**
 * Restores a dump in this process, or has its function do it. It is a failure when not everything was restored, and says what to do
 * next.
 */
export async function restore(context: StreamingContext, options: RestoreOptions): Promise<CommandResult<'restore'>> {
  const connector = dumpNamed(options.name, context)
  const settings = await restoreSettings(connector, context.deployment, options)
  const { request } = settings
  const { tell } = context
  if (!request.dryRun && !(await confirmsPurge(request.purge, options.yes, tell)))
    throw new CommandError('Nothing was changed.')
  const run = {
    ...{ settings, request, signal: context.interruption(), reportFolder: options.report, tell },
    progress: progressOf(context),
  }
  const restored = await (options.remote
    ? restoreRemotely(connector, context.deployment, options, run)
    : runRestore(run)
  ).catch(refuse)
  if (!restored) return undefined
  const next = `To continue: ${continuation(COMMAND, givenOf(options), request)}`
  return {
    document: restored.report,
    text: () => restoredText(restored),
    failure: failureOf(restored.report, run.signal.aborted ? next : `Not everything was restored. ${next}`),
    pending: restored.report.outcome === 'planned' && restored.report.problems.some(isRefusal),
  }
}

function failureOf(report: RestoreReport, unfinished: string): string | undefined {
  const nothing = nothingFound(report)
  if (nothing) return nothing.message
  return report.outcome === 'failed' || report.outcome === 'unfinished' ? unfinished : undefined
}

const COMMAND = 'npx serverless connectors restore'

/** The options that a person has given: the framework adds its own, and absent ones. */
function givenOf(options: RestoreOptions): RestoreOptions {
  const own = Object.entries(options).filter(([name, value]) => !['stage', 'region', 'config'].includes(name) && value)
  return Object.fromEntries(own) as RestoreOptions
}

function refuse(thrown: unknown): never {
  const advice = adviceFor(thrown)
  throw advice === undefined ? thrown : new CommandError(`${(thrown as Error).message}\n${advice}`)
}

/**
 * The settings of a restore: as the connector's function has them, and what the options say.
 *
 * @throws CommandError when nothing is deployed; ConfigError in the words of the options
 */
export async function restoreSettings(
  connector: DumpConnector,
  deployment: Deployment,
  options: Record<string, unknown>,
) {
  const known = await environmentOf(connector, deployment)
  // A login belongs to its brokers: with others, the variables of this process say how to log in.
  const isOther = options.to !== undefined
  const kept = Object.entries(known).filter(([name]) => !isOther || !name.startsWith(TARGET))
  const own = Object.entries(process.env).filter(([name]) => isOther && name.startsWith(TARGET))
  const environment = { ...Object.fromEntries([...kept, ...own]), ...optionEnvironment(options) }
  try {
    const settings = await readWithSecrets(restoreSections, readRestoreSettings, environment)
    return { ...settings, store: withIdentity(settings.store, deployment) }
  } catch (error) {
    throw inOptions(error)
  }
}

/** As declared, or as deployed where only CloudFormation knows a value, and on a laptop. */
async function environmentOf(connector: DumpConnector, deployment: Deployment): Promise<Environment> {
  const { config, service, isLocal } = deployment
  const declared = restoreEnvironment(connector, service)
  const place = { AWS_REGION: config.region }
  const isKnown = Object.values(declared).every(value => typeof value === 'string')
  if (isKnown && !isLocal) return { ...place, ...(declared as Environment) }
  const hasFunction = connector.declaration.restore !== undefined
  const deployed = await deployment.environmentOf(connector, hasFunction ? 'restore' : 'check')
  if (deployed) return { ...place, ...(hasFunction ? deployed : toItsSource(deployed)) }
  throw new CommandError(
    `${connector.name} is not deployed, and only the deployment tells the name of its bucket or the like. Deploy it first.`,
  )
}

/** Without a declared target, a dump is restored to the cluster that it comes from. */
function toItsSource(environment: Record<string, string>): Environment {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name.startsWith(SOURCE) ? name.replace(SOURCE, TARGET) : name,
      value,
    ]),
  )
}
