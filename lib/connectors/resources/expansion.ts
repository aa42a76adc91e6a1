import { mappingId } from '../../cloudformation/logical-id.ts'
import type { Resources } from '../../cloudformation/template.ts'
import type { Connector } from '../declaration/connector.ts'
import { connectorAlarms } from './alarm.ts'
import { buckets } from './bucket.ts'
import { compactionAlarms } from './compaction-alarm.ts'
import { dashboard } from './dashboard.ts'
import { connectorFunctions, type Extensions, type FunctionDefinition, type Provider } from './function.ts'
import { connectorKey } from './function-name.ts'
import { glueTable } from './glue-table.ts'
import { eventSourceMapping } from './mapping.ts'

/** For how long logs are kept if neither a connector nor its service says so. */
export const DEFAULT_LOG_RETENTION_DAYS = 14

/** What declared connectors add to a service. */
export interface Expansion {
  functions: Record<string, FunctionDefinition>
  resources: Resources
  extensions: Extensions
}

/** What an expansion takes from the service. */
export interface ServiceContext extends Provider {
  /** The topics that a connector's pattern matches, by the connector's name, where they are known. */
  matches: ReadonlyMap<string, string[]>
}

/** Expands connectors into functions, mappings, roles, alarms, buckets and a dashboard. Deterministic. */
export function expand(connectors: Connector[], context: ServiceContext): Expansion {
  const parts = connectors.map(connector => expandConnector(connector, context))
  const dumps = connectors.filter(connector => connector.kind === 'dump')
  return {
    functions: Object.assign({}, ...parts.map(({ functions }) => functions)),
    extensions: Object.assign({}, ...parts.map(({ extensions }) => extensions)),
    resources: Object.assign(
      { ConnectorsDashboard: dashboard(connectors, context.service) },
      buckets(dumps),
      ...parts.map(({ resources }) => resources),
    ),
  }
}

function expandConnector(connector: Connector, { matches, ...provider }: ServiceContext): Expansion {
  const { service } = provider
  const { name, source } = connector
  const topics = source.topics ?? matches.get(name)
  const functions = connectorFunctions(connector, topics, provider)
  const mappings = topics?.map(topic => [
    mappingId(connectorKey(connector), topic),
    eventSourceMapping(connector, topic, service),
  ])
  return {
    functions: Object.fromEntries(functions.map(({ key, definition }) => [key, definition])),
    extensions: Object.assign({}, ...functions.map(({ extensions }) => extensions)),
    resources: {
      ...Object.assign({}, ...functions.map(({ roles }) => roles)),
      ...Object.fromEntries(mappings ?? []),
      ...connectorAlarms(connector, service, topics ?? []),
      ...(connector.kind === 'dump' ? compactionAlarms(connector, service) : {}),
      ...(connector.kind === 'dump' ? glueTable(connector, service) : {}),
    },
  }
}
