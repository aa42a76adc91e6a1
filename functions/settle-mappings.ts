import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda'
import { createLambdaClient } from '../lib/lambda/client.ts'
import { createEventSourceMappings } from '../lib/lambda/event-source-mappings.ts'
import { createFunctions } from '../lib/lambda/functions.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { answerRequest } from '../lib/operate/custom-resource.ts'
import { removeMappings, type SettledConnector, settleMappings } from '../lib/operate/settle-mappings.ts'

/** Longer than any run of `reconcile`: a client that gives up earlier would send the same request again. */
const ANSWER_MS = 300_000

/** Reserved at the end of the invocation for telling CloudFormation how it ended, in milliseconds. */
const RESERVE_MS = 30_000

const requestHandler = { connectionTimeout: 3_000, requestTimeout: ANSWER_MS }
const client = createLambdaClient({ requestHandler })
const functions = createFunctions(client)
const mappings = createEventSourceMappings(client)
const logger = createLogger({ service: process.env.SERVICE_NAME ?? '', connector: '', logLevel: 'INFO' })

/**
 * Does for a stack of the CDK what `serverless deploy` and `serverless remove` do before and after a deployment: the custom
 * resource of each connector calls it.
 */
export const handler = middy(async (event: CloudFormationCustomResourceEvent, context: Context) => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  const { ServiceToken, ...properties } = event.ResourceProperties
  const connector = properties as unknown as SettledConnector
  const work = event.RequestType === 'Delete' ? removeMappings : settleMappings
  await answerRequest(event, connector.functionName, () => work(connector, { functions, mappings, logger }, deadline))
}).use(injectLambdaContext(logger))
