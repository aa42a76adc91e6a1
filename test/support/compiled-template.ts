import { logicalName } from '../../lib/cloudformation/logical-id.ts'
import type { Connector } from '../../lib/connectors/declaration/connector.ts'
import { expand } from '../../lib/connectors/resources/expansion.ts'
import type { FunctionDefinition } from '../../lib/connectors/resources/function.ts'
import type { DeployedResource, DeployedTemplate } from '../../lib/stack/stack.ts'
import { read, SERVICE } from './connectors.ts'

/** The template that the framework makes of declared connectors, as far as it differs from one declaration to the next. */
export function compiledTemplate(declared: Record<string, unknown>): DeployedTemplate {
  return templateOf(read(declared))
}

/** The same of connectors that have been read. */
export function templateOf(connectors: Connector[]): DeployedTemplate {
  const place = { service: SERVICE, isTraced: false, hasVpc: false, logRetentionDays: 14, matches: new Map() }
  const { functions, resources } = expand(connectors, place)
  const compiled = Object.entries(functions).flatMap(([key, definition]) => functionResources(key, definition))
  const Resources = { ...Object.fromEntries(compiled), ...resources }
  // As CloudFormation gets it, without what is undefined.
  return JSON.parse(JSON.stringify({ Resources }))
}

function functionResources(key: string, definition: FunctionDefinition): [string, DeployedResource][] {
  const id = logicalName(key)
  const schedules = definition.events.map(({ schedule }, index): [string, DeployedResource] => {
    const { rate, enabled } = schedule as { rate: string[]; enabled: boolean }
    const Properties = { ScheduleExpression: rate[0], State: enabled ? 'ENABLED' : 'DISABLED' }
    return [`${id}EventsRuleSchedule${index + 1}`, { Type: 'AWS::Events::Rule', Properties }]
  })
  const log = { RetentionInDays: definition.logRetentionInDays }
  return [
    [`${id}LambdaFunction`, { Type: 'AWS::Lambda::Function', Properties: functionProperties(definition) }],
    [`${id}LogGroup`, { Type: 'AWS::Logs::LogGroup', Properties: log }],
    ...schedules,
  ]
}

function functionProperties(definition: FunctionDefinition): Record<string, unknown> {
  const { handler, name, description, memorySize, timeout, environment, tags, vpc, role } = definition
  return {
    Handler: handler,
    FunctionName: name,
    Description: description,
    MemorySize: memorySize,
    Timeout: timeout,
    Environment: { Variables: environment },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    VpcConfig: vpc,
    Role: role,
    ReservedConcurrentExecutions: definition.reservedConcurrency,
    Code: { S3Key: `${Math.random()}/${name}.zip` },
  }
}
