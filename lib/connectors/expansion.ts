import { buckets } from './bucket.ts'
import type { Connector, DumpConnector, ReplicateConnector } from './connector.ts'
import { connectorEnvironment, syncOffsetsEnvironment, syncTopicsEnvironment, usesSource } from './environment.ts'
import { logicalName, mappingId } from './logical-id.ts'
import { eventSourceMapping } from './mapping.ts'
import { connectorRole, scheduledRole } from './role.ts'
import { syncOffsetsStatements, syncTopicsStatements } from './statement.ts'
import type { Resources } from './template.ts'
import type { Environment } from './variable-key.ts'

/** A function as the framework has it under `functions`. */
export interface FunctionDefinition {
  handler: string
  name: string
  description: string
  role: string
  memorySize: number
  timeout: number
  environment: Environment
  vpc?: { subnetIds: unknown[]; securityGroupIds: unknown[] }
  events: Record<string, unknown>[]
}

/** What the declared connectors add to a service. */
export interface Expansion {
  functions: Record<string, FunctionDefinition>
  resources: Resources
}

/** What connectors don't know by themselves. */
export interface Place {
  /** Service and stage, with which the names of functions begin. */
  service: string
  /** The topics that a pattern stands for; undefined for a connector without one, and where they aren't known. */
  matches: ReadonlyMap<string, string[]>
}

/** Connectors → functions, mappings, roles and buckets. The same declaration always makes the same. */
export function expand(connectors: Connector[], place: Place): Expansion {
  const parts = connectors.map(connector => expandConnector(connector, place))
  const dumps = connectors.filter((connector): connector is DumpConnector => connector.kind === 'dump')
  return {
    functions: Object.assign({}, ...parts.map(({ functions }) => functions)),
    resources: Object.assign(buckets(dumps), ...parts.map(({ resources }) => resources)),
  }
}

function expandConnector(connector: Connector, { service, matches }: Place): Expansion {
  const { name, kind, source, declaration } = connector
  const functionName = `${service}-${name}`
  const topics = source.topics ?? matches.get(name)
  const handler = `functions/${kind}.handler`
  const role = `${logicalName(name)}Role`
  const mappings = (topics ?? []).map(topic => [mappingId(name, topic), eventSourceMapping(connector, topic, service)])
  const scheduled = kind === 'replicate' ? scheduledFunctions(connector, service) : { functions: {}, resources: {} }
  return {
    functions: {
      [name]: {
        handler,
        name: functionName,
        description: `Connector ${name}: ${kind} of ${source.topics?.join(', ') ?? source.pattern}`.slice(0, 256),
        role,
        memorySize: declaration.memorySize,
        timeout: declaration.timeoutSeconds,
        environment: connectorEnvironment(connector),
        ...network(connector),
        events: [],
      },
      ...scheduled.functions,
    },
    resources: {
      [role]: connectorRole(connector, topics, { functionName, service }),
      ...Object.fromEntries(mappings),
      ...scheduled.resources,
    },
  }
}

/** What keeps a replication's target in step, where it is asked for. */
function scheduledFunctions(connector: ReplicateConnector, service: string): Expansion {
  const { syncOffsets, syncTopics, memorySize, timeoutSeconds } = connector.declaration
  const wanted = [
    ...(syncOffsets
      ? [
          {
            kind: 'sync-offsets',
            rate: 'rate(1 minute)',
            environment: syncOffsetsEnvironment(connector),
            statements: syncOffsetsStatements,
          },
        ]
      : []),
    ...(syncTopics
      ? [
          {
            kind: 'sync-topics',
            rate: 'rate(10 minutes)',
            environment: syncTopicsEnvironment(connector),
            statements: syncTopicsStatements,
          },
        ]
      : []),
  ]
  const parts = wanted.map(({ kind, rate, environment, statements }): Expansion => {
    const key = `${connector.name}-${kind}`
    const functionName = `${service}-${key}`
    const role = `${logicalName(key)}Role`
    return {
      functions: {
        [key]: {
          handler: `functions/${kind}.handler`,
          name: functionName,
          description: `Connector ${connector.name}: ${kind}`,
          role,
          memorySize,
          timeout: timeoutSeconds,
          environment,
          ...network(connector),
          events: [{ schedule: { rate: [rate], enabled: connector.declaration.enabled } }],
        },
      },
      resources: { [role]: scheduledRole(connector, statements, functionName) },
    }
  })
  return {
    functions: Object.assign({}, ...parts.map(({ functions }) => functions)),
    resources: Object.assign({}, ...parts.map(({ resources }) => resources)),
  }
}

/** A function that talks to a cluster itself runs where the cluster can be reached; any other one stays out of the VPC. */
function network(connector: Connector): Pick<FunctionDefinition, 'vpc'> {
  const vpc = connector.source.vpc ?? (connector.kind === 'replicate' ? connector.to.vpc : undefined)
  return usesSource(connector) && vpc ? { vpc: { subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups } } : {}
}
