import { parse } from 'node:path'
import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { logicalName } from '../../cloudformation/logical-id.ts'
import type { Resources, Statement } from '../../cloudformation/template.ts'
import { shortDigest } from '../../digest.ts'
import type { Connector } from '../declaration/connector.ts'
import type { FunctionEnvironment } from '../declaration/variable-key.ts'
import type { DeployedFunction, ScheduledRun } from './deployed-function.ts'
import { type DeployedFunctionName, functionsOf } from './deployed-functions.ts'
import { companionKey, connectorKey, functionName } from './function-name.ts'
import { connectorTags } from './mapping.ts'
import { functionRole, networkStatement, roleId, traceStatement } from './role.ts'
import { decryptionStatements, loginSecrets, secretStatements } from './secret-statement.ts'

/** A function as the Serverless Framework declares it under `functions`. */
export interface FunctionDefinition {
  handler: string
  name: string
  description: string
  role: Intrinsic
  memorySize: number
  timeout: number
  reservedConcurrency?: number
  logRetentionInDays: number
  versionFunction: false
  tags: Record<string, string>
  environment: FunctionEnvironment
  vpc?: { subnetIds: unknown[]; securityGroupIds: unknown[] }
  events: { schedule: { rate: [string]; enabled: boolean; input?: Record<string, unknown> } }[]
}

/** What functions inherit from the service. */
export interface Provider {
  /** Service and stage: the start of every function's name. */
  service: string
  /** Whether invocations are traced with X-Ray. */
  isTraced: boolean
  /** Whether the service puts all functions into a VPC. */
  hasVpc: boolean
  logRetentionDays: number
}

/** A function with its role. */
export interface ConnectorFunction {
  key: string
  /** Its file in `functions/`. */
  file: DeployedFunctionName
  definition: FunctionDefinition
  /** Its role, and the policies that don't fit into it. */
  roles: Resources
  /** Properties that the framework doesn't know, by the logical id of the function that it makes. */
  extensions: Extensions
}

/** What the framework adds to resources that it makes itself. */
export type Extensions = Record<string, { Properties: Record<string, unknown> }>

/** The functions that a connector deploys: the key of each, and its file in `functions/`. */
export function connectorFiles(connector: Connector): { key: string; file: DeployedFunctionName }[] {
  return functionsOf(connector).map(({ file, parts }) => ({ key: keyOf(connector, { file, parts }), file }))
}

/** The keys of the functions that a connector deploys. */
export function functionKeys(connector: Connector): string[] {
  return connectorFiles(connector).map(({ key }) => key)
}

/** The names of a connector's functions, the one that its mappings call first, each with its file in `functions/`. */
export function functionNames(connector: Connector, service: string): { file: DeployedFunctionName; name: string }[] {
  return functionsOf(connector).map(deployed => ({
    file: deployed.file,
    name: functionName(service, keyOf(connector, deployed)),
  }))
}

/** The keys of those that run on a schedule or invoke themselves: nobody waits for their answer, so an alarm has to tell when they fail. */
export function unattendedKeys(connector: Connector): string[] {
  const unattended = functionsOf(connector).filter(
    ({ parts: { calledBy, invokesItself } }) => typeof calledBy === 'object' || invokesItself,
  )
  return unattended.map(deployed => keyOf(connector, deployed))
}

/**
 * The functions of a connector, the one that its mappings call first.
 *
 * @param topics those with a mapping; undefined when only a pattern is known
 */
export function connectorFunctions(
  connector: Connector,
  topics: string[] | undefined,
  provider: Provider,
): ConnectorFunction[] {
  return functionsOf(connector).map(({ file, parts }) => {
    const key = keyOf(connector, { file, parts })
    const name = functionName(provider.service, key)
    const context = { service: provider.service, topics }
    const definition: FunctionDefinition = {
      handler: handlerOf(file),
      name,
      description: descriptionOf(connector, file),
      // `Fn::GetAtt` would make the framework add a dependency that `Fn::Sub` already implies.
      role: { 'Fn::Sub': `\${${roleId(key)}.Arn}` },
      memorySize: connector.declaration.memorySize,
      timeout: parts.timeoutSeconds ?? connector.declaration.timeoutSeconds,
      ...reserved(parts.mostAtOnce?.(connector)),
      logRetentionInDays: connector.declaration.logRetentionDays ?? provider.logRetentionDays,
      // Otherwise each deployment leaves another version of each function behind.
      versionFunction: false,
      tags: connectorTags(connector),
      environment: parts.environment(connector, context),
      ...network(connector, parts),
      events: schedulesOf(connector, parts, name),
    }
    const statements = [
      ...commonStatements(connector, parts, definition, provider),
      ...parts.statements(connector, context),
    ]
    return { key, file, definition, roles: functionRole(key, name, statements), extensions: extensionsOf(key, parts) }
  })
}

/** Source: AWS CloudFormation, `AWS::Lambda::Function`, "RecursiveLoop". */
function extensionsOf(key: string, { invokesItself }: DeployedFunction): Extensions {
  return invokesItself ? { [`${logicalName(key)}LambdaFunction`]: { Properties: { RecursiveLoop: 'Allow' } } } : {}
}

/** The longest description of a function, in characters. Source: AWS Lambda API, `CreateFunction`. */
const MAX_DESCRIPTION = 256

function descriptionOf({ name, source }: Connector, file: DeployedFunctionName): string {
  const topics = source.topics?.join(', ') ?? source.pattern
  return `Connector ${name}: ${file} of ${topics}`.slice(0, MAX_DESCRIPTION)
}

/** The handler of a file of `functions/`. */
export function handlerOf(file: DeployedFunctionName): string {
  return `functions/${file}.handler`
}

/** The file of `functions/` that a handler names. */
export function fileOf({ handler }: Pick<FunctionDefinition, 'handler'>): DeployedFunctionName {
  return parse(handler).name as DeployedFunctionName
}

function reserved(mostAtOnce: number | undefined): Pick<FunctionDefinition, 'reservedConcurrency'> {
  return mostAtOnce === undefined ? {} : { reservedConcurrency: mostAtOnce }
}

function keyOf(connector: Connector, { file, parts }: { file: DeployedFunctionName; parts: DeployedFunction }): string {
  return parts.calledBy === 'mappings' ? connectorKey(connector) : companionKey(connector, file)
}

function schedulesOf(
  connector: Connector,
  { calledBy }: DeployedFunction,
  functionName: string,
): FunctionDefinition['events'] {
  if (typeof calledBy === 'string') return []
  const { everyMinutes, whileDisabled } = calledBy
  const enabled = connector.declaration.enabled || whileDisabled
  const runs: Partial<ScheduledRun>[] = calledBy.runs?.(connector) ?? [{ everyMinutes }]
  return runs.map(({ everyMinutes = 1, input }) => ({
    schedule: { rate: [scheduleOf(functionName, everyMinutes)], enabled, ...(input ? { input } : {}) },
  }))
}

/**
 * When a function runs. Its name decides at which minute it starts to count: functions of many connectors that ran at the same
 * moment would be in each other's way, as Lambda's API accepts few requests from an account. Source: Amazon EventBridge,
 * "Setting a schedule pattern for scheduled rules".
 */
function scheduleOf(functionName: string, everyMinutes: number): string {
  if (everyMinutes === 1) return 'rate(1 minute)'
  if (60 % everyMinutes !== 0 || everyMinutes === 60) return `rate(${everyMinutes} minutes)`
  const first = Number.parseInt(shortDigest(functionName, 8), 16) % everyMinutes
  return `cron(${first}/${everyMinutes} * * * ? *)`
}

/** What a function may do whatever its purpose. Mappings poll with the role of the function that they call. */
function commonStatements(
  connector: Connector,
  { calledBy, cluster }: DeployedFunction,
  { vpc, environment }: FunctionDefinition,
  { isTraced, hasVpc }: Provider,
): Statement[] {
  const { source } = connector
  const isPolledAs = calledBy === 'mappings'
  return [
    ...(hasVpc || vpc || (isPolledAs && isInVpc(source)) ? [networkStatement] : []),
    ...(isTraced ? [traceStatement] : []),
    ...secretStatements(environment, isPolledAs ? loginSecrets(source) : []),
    ...decryptionStatements(connector.kind === 'replicate' ? [source, connector.to] : [cluster?.(connector) ?? source]),
  ]
}

/** Whether mappings read the cluster from within a VPC. MSK clusters always have one. */
function isInVpc({ msk, vpc }: Connector['source']): boolean {
  return msk !== undefined || vpc !== undefined
}

/** A function that connects to a cluster runs in the cluster's VPC; all others stay outside. */
function network(connector: Connector, { usesSource, cluster }: DeployedFunction): Pick<FunctionDefinition, 'vpc'> {
  const { vpc: own } = cluster?.(connector) ?? connector.source
  const vpc = own ?? (connector.kind === 'replicate' ? connector.to.vpc : undefined)
  return usesSource(connector) && vpc ? { vpc: { subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups } } : {}
}
