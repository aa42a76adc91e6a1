import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { jsonText, type Resources, type Statement } from '../../cloudformation/template.ts'
import { TOPIC_PLACEHOLDER } from '../../config/connector.ts'
import type { Connector, ReplicateConnector } from '../declaration/connector.ts'

import type { FunctionEnvironment } from '../declaration/variable-key.ts'
import {
  checkEnvironment,
  connectorEnvironment,
  syncOffsetsEnvironment,
  syncTopicsEnvironment,
  usesSource,
} from './environment.ts'
import { functionName } from './function-name.ts'
import { connectorTags, consumerGroup, mappingBlueprint } from './mapping.ts'
import { functionRole, networkStatement, roleId, traceStatement } from './role.ts'
import { decryptionStatements, loginSecrets, secretStatements } from './secret-statement.ts'
import {
  checkStatements,
  connectorStatements,
  reconcileStatements,
  syncOffsetsStatements,
  syncTopicsStatements,
} from './statement.ts'

/** A function as the framework has it under `functions`. */
export interface FunctionDefinition {
  handler: string
  name: string
  description: string
  role: Intrinsic
  memorySize: number
  timeout: number
  logRetentionInDays: number
  versionFunction: false
  tags: Record<string, string>
  environment: FunctionEnvironment
  vpc?: { subnetIds: unknown[]; securityGroupIds: unknown[] }
  events: Record<string, unknown>[]
}

/** What functions take over from the service. */
export interface Provider {
  /** Service and stage, with which their names begin. */
  service: string
  /** Whether invocations are traced with X-Ray. */
  isTraced: boolean
  /** Whether it puts all functions into a VPC. */
  hasVpc: boolean
  logRetentionDays: number
}

/** A function with what it runs as. */
export interface ConnectorFunction {
  key: string
  definition: FunctionDefinition
  /** The role that it runs as, with its policies. */
  roles: Resources
}

/** What functions of a connector differ in. */
interface Purpose {
  key: string
  /** File of `functions/`. */
  file: string
  environment: FunctionEnvironment
  statements: Statement[]
  /** How often it is called; absent for those that mappings or people call. */
  rate?: string
  /** Whether it is called while the connector is disabled, too. */
  isAlwaysCalled?: boolean
  /** Longest time of an invocation, when it isn't the connector's own. */
  timeoutSeconds?: number
  /** Whether it talks to the source itself, even where the connector's own function doesn't. */
  asksSource?: boolean
  /** Whether the connector's mappings poll as its role. */
  isPolling?: boolean
}

/** What keeps a replication's target in step, by the key with which it is asked for. */
const syncs = {
  syncOffsets: {
    file: 'sync-offsets',
    rate: 'rate(1 minute)',
    environment: syncOffsetsEnvironment,
    statements: syncOffsetsStatements,
  },
  syncTopics: {
    file: 'sync-topics',
    rate: 'rate(10 minutes)',
    environment: syncTopicsEnvironment,
    statements: syncTopicsStatements,
  },
}

/** The keys of the functions that a connector makes. */
export function functionKeys(connector: Connector): string[] {
  return [connector.name, companionKey(connector, 'check'), ...scheduledKeys(connector)]
}

/** The keys of those among them that run by themselves, so that somebody has to be told when they fail. */
export function scheduledKeys(connector: Connector): string[] {
  const files = [...(isReconciled(connector) ? ['reconcile'] : []), ...syncsOf(connector).map(({ file }) => file)]
  return files.map(file => companionKey(connector, file))
}

/** The key of a function that goes with a connector: `check`, for instance. */
export function companionKey({ name }: Pick<Connector, 'name'>, file: string): string {
  return `${name}-${file}`
}

/** Whether the mappings are not the template's, but follow the topics that match. */
function isReconciled({ source }: Connector): boolean {
  return source.pattern !== undefined
}

/**
 * The functions of a connector: the one that its mappings call first.
 *
 * @param topics those with a mapping; undefined when only a pattern is known
 */
export function connectorFunctions(
  connector: Connector,
  topics: string[] | undefined,
  provider: Provider,
): ConnectorFunction[] {
  const { service } = provider
  const main: Purpose = {
    key: connector.name,
    file: connector.kind,
    environment: connectorEnvironment(connector, service),
    statements: connectorStatements(connector, topics, service),
    isPolling: true,
  }
  const syncs = syncsOf(connector).map(
    ({ file, rate, environment, statements }): Purpose => ({
      key: companionKey(connector, file),
      file,
      rate,
      environment: environment(connector as ReplicateConnector, service),
      statements: statements(connector as ReplicateConnector),
    }),
  )
  const purposes = [main, check(connector, topics, service), ...reconcilers(connector, service), ...syncs]
  return purposes.map(purpose => functionFor(connector, purpose, provider))
}

function check(connector: Connector, topics: string[] | undefined, service: string): Purpose {
  return {
    key: companionKey(connector, 'check'),
    file: 'check',
    environment: checkEnvironment(connector, service, consumerGroup(connector, TOPIC_PLACEHOLDER, service)),
    statements: checkStatements(connector, topics, service),
    asksSource: true,
  }
}

/**
 * Time for changes of some five hundred mappings, at Lambda's 15 requests a second in an account. What takes longer is gone on
 * with in the next run, which begins when this one has ended. Source: AWS Lambda, "Lambda quotas".
 */
const RECONCILE_SECONDS = 240

/** What makes mappings of topics that a pattern means. */
function reconcilers(connector: Connector, service: string): Purpose[] {
  if (!isReconciled(connector)) return []
  const own = {
    MAPPED_FUNCTION: functionName(service, connector.name),
    MAPPING: jsonText(mappingBlueprint(connector, service)) as string,
  }
  const group = consumerGroup(connector, TOPIC_PLACEHOLDER, service)
  const key = companionKey(connector, 'reconcile')
  const purpose: Purpose = {
    key,
    file: 'reconcile',
    rate: 'rate(5 minutes)',
    // It is what disables the mappings.
    isAlwaysCalled: true,
    timeoutSeconds: RECONCILE_SECONDS,
    environment: { ...checkEnvironment(connector, service, group), ...own },
    statements: reconcileStatements(connector, service, key),
    asksSource: true,
  }
  return [purpose]
}

function syncsOf(connector: Connector) {
  if (connector.kind === 'dump') return []
  return (['syncOffsets', 'syncTopics'] as const).filter(name => connector.declaration[name]).map(name => syncs[name])
}

function functionFor(connector: Connector, purpose: Purpose, provider: Provider): ConnectorFunction {
  const { declaration, source } = connector
  const { service, isTraced, hasVpc, logRetentionDays } = provider
  const { key, file, rate, isAlwaysCalled = false, environment, isPolling } = purpose
  const { asksSource = usesSource(connector), timeoutSeconds = declaration.timeoutSeconds } = purpose
  const name = functionName(service, key)
  const definition: FunctionDefinition = {
    handler: `functions/${file}.handler`,
    name,
    description: `Connector ${connector.name}: ${file} of ${source.topics?.join(', ') ?? source.pattern}`.slice(0, 256),
    // Not by its id alone: the framework would add a dependency that this already is.
    role: { 'Fn::Sub': `\${${roleId(key)}.Arn}` },
    memorySize: declaration.memorySize,
    timeout: timeoutSeconds,
    logRetentionInDays: declaration.logRetentionDays ?? logRetentionDays,
    // Otherwise each deployment would leave a version of each function behind, for ever.
    versionFunction: false,
    tags: connectorTags(connector),
    environment,
    ...network(connector, asksSource),
    events: rate ? [{ schedule: { rate: [rate], enabled: declaration.enabled || isAlwaysCalled } }] : [],
  }
  const statements = [
    ...(hasVpc || definition.vpc || (isPolling && isInVpc(source)) ? [networkStatement] : []),
    ...(isTraced ? [traceStatement] : []),
    ...secretStatements(environment, isPolling ? loginSecrets(source) : []),
    ...decryptionStatements(connector.kind === 'replicate' ? [source, connector.to] : [source]),
    ...purpose.statements,
  ]
  return { key, definition, roles: functionRole(key, name, statements) }
}

/** Whether mappings read a cluster from within its VPC. MSK always is in one. */
function isInVpc({ msk, vpc }: Connector['source']): boolean {
  return msk !== undefined || vpc !== undefined
}

/** A function that talks to a cluster itself runs where the cluster can be reached; any other one stays out of the VPC. */
function network(connector: Connector, asksSource: boolean): Pick<FunctionDefinition, 'vpc'> {
  const vpc = connector.source.vpc ?? (connector.kind === 'replicate' ? connector.to.vpc : undefined)
  return asksSource && vpc ? { vpc: { subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups } } : {}
}
