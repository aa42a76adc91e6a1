import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { readSyncTopicsSettings, syncTopicsSections } from '../lib/config/replicate.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { reportRuns } from '../lib/observability/run-report.ts'
import { createTopicFilter } from '../lib/replication/naming/topic-filter.ts'
import { createSettingsFilter } from '../lib/replication/settings-filter.ts'
import { syncTopics, type TopicSync } from '../lib/replication/sync-topics.ts'

const {
  replication: names,
  topicSettings,
  topics,
  log,
  source,
  target,
} = await readWithSecrets(syncTopicsSections, readSyncTopicsSettings, process.env)
const logger = createLogger(log)
const sync: TopicSync = {
  ...names,
  ...topics,
  settings: createSettingsFilter(topicSettings.exclude),
  filter: createTopicFilter({ ...names, mapped: names.mapping.keys(), own: [] }),
  source: createAdmin(source, log.connector),
  target: createAdmin(target, log.connector),
  logger,
}

/** Makes the target's topics follow the source's. The schedule may send any event. */
export const handler = middy(() => syncTopics(sync))
  .use(injectLambdaContext(logger))
  .use(reportRuns(logger))
