import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { connectorSections } from '../lib/config/connector.ts'
import { readReconcileSettings } from '../lib/config/reconcile.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createAdmin } from '../lib/kafka/admin.ts'
import { createEventSourceMappings } from '../lib/lambda/event-source-mappings.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reconcile } from '../lib/reconcile.ts'
import { findSource } from '../lib/source-cluster.ts'

const settings = await readWithSecrets(connectorSections, readReconcileSettings, process.env)
const { failure, isExcluded, groupOf, functionName, blueprint, pattern } = settings
const logger = createLogger(failure)
const mappings = createEventSourceMappings()

/**
 * Brings the connector's event source mappings in line with the topics that match its pattern just now; called on a
 * schedule, and with `{ update: true }` after a deployment. Answers with the topics whose mappings it changed.
 */
export const handler = middy(async (event: { update?: boolean } | undefined) => {
  const admin = createAdmin(await findSource(settings, process.env), failure.connector)
  const connector = { pattern, isExcluded, groupOf, admin, mappings, functionName, blueprint, logger }
  const done = await reconcile(connector, { update: event?.update === true })
  logger.info('Mappings reconciled', { ...done })
  return done
}).use(injectLambdaContext(logger))
