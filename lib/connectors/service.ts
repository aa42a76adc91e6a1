import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sharePackages } from '../bundling.ts'
import type { ClientConfig } from '../lambda/client-config.ts'
import { isVpcConnection } from './declaration/cluster.ts'
import { type Connector, isReversed } from './declaration/connector.ts'
import { DECLARATION_NAME } from './declaration/declaration.ts'
import { fail, type Serverless } from './framework.ts'
import type { Expansion, ServiceContext } from './resources/expansion.ts'

/** The commands that zip all functions. Others bundle a single function, or serve bundles without a package. */
const PACKAGING_COMMANDS = ['package', 'deploy']

/** The most resources in one stack. Source: AWS CloudFormation quotas. */
const MAX_RESOURCES = 500

const DEFAULT_LOG_RETENTION_DAYS = 14

/** `connectors: ${file(<name>)…}`, and an environment variable in the name, as the framework writes them. */
const FROM_FILE = new RegExp(`^ *${DECLARATION_NAME}: *\\$\\{file\\((\\$\\{[^}]*\\}|[^)]*)\\)`, 'm')
const VARIABLE = /\$\{env:(\w+)(?:, *'([^']*)')?\}/

/** The framework takes a file that does not exist for nothing, and does not say which one that was. */
export function nothingDeclared({ serviceDir = '', configurationFilename = '' }: Serverless): string {
  const file = join(serviceDir, configurationFilename)
  const text = existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
  const [, named] = FROM_FILE.exec(text) ?? []
  const name = named?.replace(VARIABLE, (_, variable, otherwise = '') => process.env[variable] ?? otherwise)
  return `custom.${DECLARATION_NAME} is empty: the file ${name ?? 'that it names'} does not exist or has no content.`
}

/** Whether the command zips all functions. */
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

/**
 * Refuses clusters of accounts other than the one that is deployed to: Lambda reads those through a VPC connection only.
 * Source: AWS Lambda Developer Guide, "Creating cross-account event source mappings".
 */
export async function checkAccounts(serverless: Serverless, connectors: Connector[]): Promise<void> {
  const accounts = connectors.flatMap(connector => {
    const { msk } = connector.source
    const account = typeof msk === 'string' && !isVpcConnection(msk) ? msk.split(':')[4] : undefined
    return account === undefined ? [] : [{ account, connector }]
  })
  const own = accounts.length > 0 ? await serverless.getProvider('aws').getAccountId?.() : undefined
  const other = accounts.find(({ account }) => own !== undefined && account !== own)
  if (!other) return
  const at = isReversed(other.connector) ? 'to' : 'source'
  fail(
    serverless,
    `custom.${DECLARATION_NAME}.${other.connector.declared}.${at}.msk: the cluster is of the account ${other.account}, and this deployment of ${own}: expected the ARN of a VPC connection to it`,
  )
}

/** Adds functions and resources to the service, as if serverless.yml declared them. */
export function addExpansion(serverless: Serverless, { functions, resources, extensions }: Expansion): void {
  const { service } = serverless
  const taken = Object.keys(functions).find(key => key in service.functions)
  if (taken) fail(serverless, `The connector ${taken} has the same name as a function of the service.`)
  service.package.individually = true
  if (isPackaging(serverless)) {
    sharePackages(functions, service.custom?.esbuild?.outputWorkFolder)
  }
  Object.assign(service.functions, functions)
  service.resources = {
    ...service.resources,
    Resources: { ...service.resources?.Resources, ...resources },
    extensions: { ...service.resources?.extensions, ...extensions },
  }
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
