import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { readRestoreSettings, restoreSections } from '../lib/config/restore.ts'
import { parseRestoreEvent } from '../lib/config/restore-event.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { noTelemetry } from '../lib/observability/telemetry.ts'
import { answerRestore } from '../lib/restore/answer.ts'
import { type LinkEvent, linkEvent } from '../lib/restore/links.ts'
import { openTargetClients } from '../lib/restore/target-clients.ts'

const settings = await readWithSecrets(restoreSections, readRestoreSettings, process.env)
const logger = createLogger(settings.log)
const clients = openTargetClients(settings.target, { ...settings.records, clientId: settings.log.connector })

/** A reserved variable that only Lambda sets. Source: AWS Lambda Developer Guide, "Defined runtime environment variables". */
const { AWS_LAMBDA_FUNCTION_NAME } = process.env

/** Reserved at the end of the invocation for reporting, in milliseconds. */
const RESERVE_MS = 1000

/** The share of an invocation's time in which records are restored: the rest is for groups and the report. */
const SHARE_FOR_RECORDS = 0.85

/**
 * Restores what its event asks for: see `parseRestoreEvent`. What it has no time for it leaves to further invocations of itself,
 * which it begins on Lambda, and returns elsewhere.
 */
export const handler = middy(async (event: unknown, context: Context) => {
  const left = context.getRemainingTimeInMillis() - RESERVE_MS
  const [deadline, end] = [Date.now() + left * SHARE_FOR_RECORDS, Date.now() + left]
  const answer = await answerRestore(event, {
    ...{ settings, clients, logger, telemetry: noTelemetry, deadline, end },
    parse: asked => parseRestoreEvent(asked, process.env),
    // Lambda repeats an invocation under the same id.
    name: context.awsRequestId ?? `run-${Date.now()}`,
    ...(AWS_LAMBDA_FUNCTION_NAME && { passOn: link => invokeLater(context.functionName, linkEvent(link)) }),
  })
  const { rest, ...told } = answer
  logger.info('Restore worked on', { ...told, left: rest.length })
  return AWS_LAMBDA_FUNCTION_NAME ? told : { ...told, rest: rest.map(linkEvent) }
}).use(injectLambdaContext(logger))

/** Loaded when it is needed. */
async function invokeLater(functionName: string, event: LinkEvent): Promise<void> {
  const [{ createFunctions }, { createLambdaClient }] = await Promise.all([
    import('../lib/lambda/functions.ts'),
    import('../lib/lambda/client.ts'),
  ])
  await createFunctions(createLambdaClient()).invokeLater(functionName, event)
}
