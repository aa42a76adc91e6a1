import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { type CheckedCluster, type CheckResult, type ConnectorCheck, checkConnector } from '../lib/check.ts'
import { readCheckSettings } from '../lib/config/check.ts'
import { createAccess } from '../lib/kafka/access.ts'
import { createAdmin } from '../lib/kafka/admin.ts'
import type { KafkaConnection } from '../lib/kafka/connection.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createTopicFilter } from '../lib/replication/topic-filter.ts'
import { createStore } from '../lib/s3/store.ts'

const settings = readCheckSettings(process.env)
const { failure, source } = settings
const { connector } = failure
const logger = createLogger(failure)
const deadLetters = [...new Set([failure.abnormalDataTopic, failure.deadLetterTopic])].filter(
  topic => topic !== undefined,
)

/** Connections of its own for each check: those of the last one may be broken by now, which would be no finding. */
function openCluster(connection: KafkaConnection): CheckedCluster {
  return { connection, access: createAccess(connection, connector), admin: createAdmin(connection, connector) }
}

function openConnector(): ConnectorCheck {
  const { topics, pattern, groupOf } = settings
  const common = { topics, pattern, groupOf, deadLetters, source: source && openCluster(source) }
  if (settings.type === 'dump') {
    const { store, keys } = settings
    const probeKey = [keys.prefix, '.check', connector].filter(part => part !== '').join('/')
    return { ...common, excluded: topic => deadLetters.includes(topic), store: { store: createStore(store), probeKey } }
  }
  const { replication: names, records, target } = settings
  const filter = createTopicFilter({ ...names, mapped: names.mapping.keys(), own: deadLetters })
  const remoteTopic = (topic: string) => names.policy.remoteTopic(names.sourceAlias, topic)
  return {
    ...common,
    excluded: topic => filter(topic) !== undefined,
    target: { ...openCluster(target), remoteTopic, replicas: records.replicas },
  }
}

/** What a check answers. */
export interface CheckAnswer {
  connector: string
  passed: boolean
  results: CheckResult[]
}

/** Checks from inside the connector's network what the connector needs. What calls it may send any event. */
export const handler = middy(async (): Promise<CheckAnswer> => {
  const checked = openConnector()
  try {
    const results = await checkConnector(checked)
    const passed = results.every(({ ok }) => ok)
    logger[passed ? 'info' : 'error'](passed ? 'Check passed' : 'Check failed', { results })
    return { connector, passed, results }
  } finally {
    await Promise.all([checked.source?.access.close(), checked.target?.access.close()])
  }
}).use(injectLambdaContext(logger))
