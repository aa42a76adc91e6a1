import type { ClientConfig } from '../lambda/client-config.ts'
import { accountFault, accountOf } from './checks/account.ts'
import { faultLine } from './checks/fault.ts'
import type { Connector } from './declaration/connector.ts'
import { fail, type Serverless } from './framework.ts'
import { NOT_PACKAGED } from './local-handlers.ts'
import { DEFAULT_LOG_RETENTION_DAYS, type Expansion, type ServiceContext } from './resources/expansion.ts'

/** The commands that make packages of all functions. */
const PACKAGING_COMMANDS = ['package', 'deploy', 'connectors plan']

/** The most resources in one stack. Source: AWS CloudFormation quotas. */
const MAX_RESOURCES = 500

/** Whether the command makes packages of all functions. */
export function isPackaging({ processedInput }: Serverless): boolean {
  return PACKAGING_COMMANDS.includes(processedInput.commands.join(' '))
}

/** Service and stage: the start of every function's name. */
export function serviceName(serverless: Serverless): string {
  return `${serverless.service.service}-${serverless.getProvider('aws').getStage()}`
}

export function serviceContext(serverless: Serverless): ServiceContext {
  const { tracing, vpc, logRetentionInDays } = serverless.service.provider
  return {
    service: serviceName(serverless),
    isTraced: Boolean(tracing?.lambda),
    hasVpc: Boolean(vpc),
    logRetentionDays: logRetentionInDays ?? DEFAULT_LOG_RETENTION_DAYS,
    matches: new Map(),
  }
}

/** The configuration that the framework deploys with; if it does not tell its credentials, the SDK finds its own. */
export async function awsConfig(serverless: Serverless): Promise<ClientConfig> {
  const provider = serverless.getProvider('aws')
  return (await provider.getAwsSdkV3Config?.()) ?? { region: provider.getRegion() }
}

/** Refuses clusters of accounts other than the one that is deployed to. */
export async function checkAccounts(serverless: Serverless, place: string, connectors: Connector[]): Promise<void> {
  if (connectors.every(connector => accountOf(connector) === undefined)) return
  const own = await serverless.getProvider('aws').getAccountId?.()
  const fault = own === undefined ? undefined : accountFault(connectors, own)
  if (fault) fail(serverless, faultLine(place, fault))
}

/** Adds functions and resources to the service, as if its file declared them. */
export function addExpansion(serverless: Serverless, { functions, resources, extensions }: Expansion): void {
  const { service } = serverless
  const { Resources } = service.resources ?? {}
  refuseTaken(serverless, functions, service.functions, 'function')
  refuseTaken(serverless, resources, Resources ?? {}, 'resource')
  service.package.patterns = [...(service.package.patterns ?? []), NOT_PACKAGED]
  // A package of the whole service would hold nothing that is deployed.
  if (Object.keys(service.functions).length === 0) service.package.individually = true
  Object.assign(service.functions, functions)
  service.resources = {
    ...service.resources,
    Resources: { ...Resources, ...resources },
    extensions: { ...service.resources?.extensions, ...extensions },
  }
}

/** Refuses what would replace something of the service's own without a word. */
function refuseTaken(serverless: Serverless, added: object, own: object, kind: string): void {
  const taken = Object.keys(added).find(key => key in own)
  if (taken === undefined) return
  const name = `The connectors need a ${kind} ${taken}, and the service has a ${kind} of that name already.`
  fail(serverless, `${name} Rename the connector, or the service’s own ${kind}.`)
}

/** Refuses a template that CloudFormation would refuse. Counts what the framework itself adds, so it needs the final template. */
export function checkResourceCount(serverless: Serverless): void {
  const { Resources } = serverless.service.provider.compiledCloudFormationTemplate ?? {}
  const count = Object.keys(Resources ?? {}).length
  if (count <= MAX_RESOURCES) return
  const tooMany = `The service would have ${count} resources; CloudFormation allows ${MAX_RESOURCES}.`
  const remedies =
    'Read topics by a pattern instead of by name: its mappings are not part of the template. Or move connectors to another ' +
    'service; under another service or name, a connector has new consumer groups, unless it declares source.consumerGroup.'
  fail(serverless, `${tooMany} ${remedies}`)
}
