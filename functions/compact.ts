import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import type { Compaction } from '../lib/compaction/compaction.ts'
import { type CompactRequest, compactAndPass, parseCompactRequest } from '../lib/compaction/spread.ts'
import { compactSections, readCompactSettings } from '../lib/config/compact.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createObjectKeys } from '../lib/objects/key.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reportRuns } from '../lib/observability/run-report.ts'
import { createTelemetry } from '../lib/observability/telemetry.ts'
import { createCommitStore, heldBytes } from '../lib/s3/commit-store.ts'

const { store, format, keys, rotation, retention, failure } = await readWithSecrets(
  compactSections,
  readCompactSettings,
  process.env,
)
const logger = createLogger(failure)
const telemetry = createTelemetry(failure)
const { prefix } = keys
const compaction: Compaction = {
  ...{ format, rotation, ...retention, prefix, logger, telemetry, policy: failure.policy },
  store: createCommitStore(store, prefix),
  keys: createObjectKeys(keys),
  partSize: heldBytes(store),
  now: Date.now,
}

/** A reserved variable that only Lambda sets. Source: AWS Lambda Developer Guide, "Defined runtime environment variables". */
const { AWS_LAMBDA_FUNCTION_NAME } = process.env

/** The share of an invocation's time in which objects are begun: the rest is for those under way. */
const SHARE_FOR_OBJECTS = 0.75

/** Reserved at the end of the invocation for reporting, in milliseconds. */
const RESERVE_MS = 1000

/**
 * Joins the batches that `dump` has staged into objects of the size that was asked for. Runs every minute, and invokes itself for
 * what it has no time for. Returns counts of what it did.
 */
export const handler = middy(async (event: unknown, context: Context) => {
  const request = parseCompactRequest(event)
  const left = context.getRemainingTimeInMillis() - RESERVE_MS
  const time = {
    deadline: Date.now() + left * SHARE_FOR_OBJECTS,
    end: Date.now() + left,
    // What an invocation has passed on, it has given up itself.
    leaveToOthersMs: request.link === 0 ? left : 0,
  }
  // Elsewhere, the next run does what is left.
  const pass =
    AWS_LAMBDA_FUNCTION_NAME && store.createOnce !== 'single-writer'
      ? (rest: CompactRequest) => invokeLater(context.functionName, rest)
      : undefined
  return await compactAndPass(compaction, request, time, pass)
})
  .use(injectLambdaContext(logger))
  .use(reportRuns(logger))
  .use(telemetry.middleware())

/** Loaded when it is needed, which is rare. */
async function invokeLater(functionName: string, request: CompactRequest): Promise<void> {
  const [{ createFunctions }, { createLambdaClient }] = await Promise.all([
    import('../lib/lambda/functions.ts'),
    import('../lib/lambda/client.ts'),
  ])
  await createFunctions(createLambdaClient()).invokeLater(functionName, request)
}
