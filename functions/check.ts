import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { type CheckedCluster, type CheckResult, type ConnectorCheck, checkConnector } from '../lib/check.ts'
import { connectorSections, readConnectorSettings } from '../lib/config/connector.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createAccess } from '../lib/kafka/access.ts'
import { createAdmin } from '../lib/kafka/admin.ts'
import type { KafkaConnection } from '../lib/kafka/connection.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createStore } from '../lib/s3/store.ts'
import { findSource } from '../lib/source-cluster.ts'

const settings = await readWithSecrets(connectorSections, readConnectorSettings, process.env)
const { connector } = settings.failure
const logger = createLogger(settings.failure)

/** What a check answers. */
export interface CheckAnswer {
  connector: string
  passed: boolean
  results: CheckResult[]
}

/** Checks from inside the connector's network what the connector needs. What calls it may send any event. */
export const handler = middy(async (): Promise<CheckAnswer> => {
  await using cleanup = new AsyncDisposableStack()
  /** Connections of its own for each check: those of the last one may be broken by now, which would be no finding. */
  function open(connection: KafkaConnection): CheckedCluster {
    const access = createAccess(connection, connector)
    cleanup.defer(() => access.close())
    return { connection, access, admin: createAdmin(connection, connector) }
  }
  const { topics, pattern, groupOf, deadLetters, isExcluded } = settings
  const openSource = async () => open(await findSource(settings, process.env))
  const read = { openSource, topics, pattern, groupOf, deadLetters, isExcluded }
  const results = await checkConnector({ ...read, ...sink(open) })
  const passed = results.every(({ ok }) => ok)
  logger[passed ? 'info' : 'error'](passed ? 'Check passed' : 'Check failed', { results })
  return { connector, passed, results }
}).use(injectLambdaContext(logger))

/** Where the connector writes. */
function sink(open: (connection: KafkaConnection) => CheckedCluster): Pick<ConnectorCheck, 'store' | 'target'> {
  if (settings.type === 'dump') {
    const { store, keys } = settings
    const probeKey = [keys.prefix, '.check', connector].filter(part => part !== '').join('/')
    return { store: { store: createStore(store), probeKey } }
  }
  const { replication: names, records, target } = settings
  const remoteTopic = (topic: string) => names.policy.remoteTopic(names.sourceAlias, topic)
  return { target: { ...open(target), remoteTopic, replicas: records.replicas } }
}
