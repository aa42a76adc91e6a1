import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { readRecordClusterSettings, recordClusterSections } from '../lib/config/record-cluster.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../lib/kafka/admin/group-offsets.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reportRuns } from '../lib/observability/run-report.ts'
import { createCommitStore } from '../lib/s3/commit-store.ts'
import { recordCluster, requestedKinds } from '../lib/snapshots/record-cluster.ts'

const { store, keys, recording, log, source } = await readWithSecrets(
  recordClusterSections,
  readRecordClusterSettings,
  process.env,
)
const { connector: clientId } = log
const { prefix } = keys
const { topics, groups } = recording
const logger = createLogger(log)
const common = { store: createCommitStore(store, prefix), prefix, logger, now: Date.now }
const cluster = {
  topics: topics && { ...common, ...topics, cluster: createAdmin(source, clientId) },
  groups: groups && { ...common, ...groups, cluster: createGroupOffsets(source, clientId) },
}

/** Reserved at the end of the invocation for reporting an error, in milliseconds. */
const RESERVE_MS = 500

/** Records topics and consumer groups of the source beside the dump. Runs on a schedule. Returns counts of what it did. */
export const handler = middy(async (event: unknown, context: Context) => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  return await recordCluster(cluster, requestedKinds(event), deadline)
})
  .use(injectLambdaContext(logger))
  .use(reportRuns(logger))
