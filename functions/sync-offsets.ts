import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { offsetTopics } from '../lib/config/offset-topics.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { readSyncOffsetsSettings, syncOffsetsSections } from '../lib/config/sync-offsets.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../lib/kafka/admin/group-offsets.ts'
import { createProducer } from '../lib/kafka/produce/producer.ts'
import { createTopicLog } from '../lib/kafka/read/topic-log.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reportRuns } from '../lib/observability/run-report.ts'
import { HEARTBEATS, remoteHeartbeatsTopic } from '../lib/replication/naming/heartbeat.ts'
import { createTopicFilter } from '../lib/replication/naming/topic-filter.ts'
import { checkpointsTopic } from '../lib/replication/offsets/checkpoint.ts'
import { createGroupFilter } from '../lib/replication/offsets/consumer-offsets-groups.ts'
import { createOffsetMaps } from '../lib/replication/offsets/offset-map-reader.ts'
import { createInternalTopics } from '../lib/replication/offsets/offset-sync-topics.ts'
import { createOffsetPass } from '../lib/replication/sync-offsets.ts'
import { requireTwoClusters } from '../lib/replication/two-clusters.ts'

const {
  replication: names,
  source,
  target,
  offsets,
  groups,
  log,
} = await readWithSecrets(syncOffsetsSections, readSyncOffsetsSettings, process.env)
const { sourceAlias, targetAlias, separator, policy, mapping } = names
const clientId = log.connector
const logger = createLogger(log)
for (const warning of names.warnings) logger.warn(warning)
const filter = createTopicFilter({ ...names, mapped: mapping.keys(), own: [] })
const { topic: syncsTopic, mapTopic } = offsetTopics(offsets.location, names)
const offsetsCluster = offsets.location === 'source' ? source : target
const targetTopics = {
  checkpointsTopic: checkpointsTopic(sourceAlias, separator),
  remoteHeartbeatsTopic: remoteHeartbeatsTopic(sourceAlias, separator),
}
const [sourceAdmin, targetAdmin] = [createAdmin(source, clientId), createAdmin(target, clientId)]
const topicsOnTarget = createInternalTopics(targetAdmin, [HEARTBEATS, ...Object.values(targetTopics)], offsets.replicas)
const topicsOfOffsets = createInternalTopics(
  offsets.location === 'source' ? sourceAdmin : targetAdmin,
  [syncsTopic, mapTopic],
  offsets.replicas,
)
const syncOffsets = createOffsetPass({
  sourceAlias,
  targetAlias,
  ...targetTopics,
  mapTopic,
  logger,
  syncConsumerOffsets: groups.syncConsumerOffsets,
  groups: createGroupFilter(groups.patterns, logger),
  ownGroup: groups.ownGroup,
  remoteTopic: topic => (filter(topic) ? undefined : policy.remoteTopic(sourceAlias, topic)),
  async withTopics(pass) {
    await requireTwoClusters(sourceAdmin, targetAdmin)
    return await topicsOnTarget.use(() => topicsOfOffsets.use(pass))
  },
  maps: createOffsetMaps({ log: createTopicLog(offsetsCluster, clientId), syncsTopic, mapTopic, logger }),
  source: createGroupOffsets(source, clientId),
  target: createGroupOffsets(target, clientId),
  targetLog: createTopicLog(target, clientId),
  targetProducer: createProducer(target, { clientId }),
  mapProducer: createProducer(offsetsCluster, { clientId }),
})

/** Reserved at the end of the invocation for reporting an error, in milliseconds. */
const RESERVE_MS = 500

/** Makes one pass over the groups of the source. Runs every minute. Returns counts of what it did. */
export const handler = middy(async (_: unknown, context: Context) => {
  return await syncOffsets(Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS)
})
  .use(injectLambdaContext(logger))
  .use(reportRuns(logger))
