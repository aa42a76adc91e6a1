import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { connectorSections } from '../lib/config/connector.ts'
import { readReconcileSettings } from '../lib/config/reconcile.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { createEventSourceMappings } from '../lib/lambda/event-source-mappings.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reportRuns } from '../lib/observability/run-report.ts'
import { MappingTags } from '../lib/operate/mapping-tags.ts'
import { reconcile } from '../lib/operate/reconcile.ts'
import { findSource } from '../lib/operate/source-cluster.ts'

const settings = await readWithSecrets(connectorSections, readReconcileSettings, process.env)
const { failure, isExcluded, groupOf, functionName, blueprint, pattern } = settings
const logger = createLogger(failure)
const mappings = createEventSourceMappings()
const tags = new MappingTags(mappings)

/** The share of an invocation's time after which no further change begins: requests under way may have to be repeated. */
const SHARE_FOR_CHANGES = 0.875

/**
 * Brings the connector's event source mappings in line with the topics that match its pattern now, and with the
 * declaration. Runs on a schedule and after each deployment. Returns the topics whose mappings it changed.
 */
export const handler = middy(async (_event: unknown, context: Context) => {
  const { invokedFunctionArn: arn } = context
  const deadline = Date.now() + context.getRemainingTimeInMillis() * SHARE_FOR_CHANGES
  const admin = createAdmin(await findSource(settings, process.env), failure.connector)
  const connector = { pattern, isExcluded, groupOf, admin, mappings, tags, functionName, blueprint, arn, logger }
  return await reconcile(connector, deadline)
})
  .use(injectLambdaContext(logger))
  .use(reportRuns(logger))
