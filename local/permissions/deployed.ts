import type { Resource, Statement } from '../../lib/cloudformation/template.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import type { DeployedFunctionName } from '../../lib/connectors/resources/deployed-functions.ts'
import { connectorFunctions } from '../../lib/connectors/resources/function.ts'
import { roleId } from '../../lib/connectors/resources/role.ts'
import { settleStatements } from '../../lib/connectors/resources/settle-statement.ts'
import { type Granted, grantedBy } from './granted.ts'
import { type ClusterRole, clusters, type SampleName, samples } from './samples.ts'

/** Service and stage of the samples. */
export const SERVICE = 'lake-dev'

/** A role's own policy. */
interface Policy {
  PolicyDocument: { Statement: Statement[] }
}

/** What a sample's function is deployed with. */
export interface Deployed {
  functionName: string
  environment: Record<string, string>
  statements: Statement[]
}

/**
 * @param name the topic, and with what the names of all else begin
 * @param file another function of the same connector
 */
export function deployedOf(
  sample: SampleName,
  name: string,
  file: DeployedFunctionName = samples[sample].file,
): Deployed {
  const { declared } = samples[sample]
  const [connector] = readConnectors({ [name]: declared(name) }, SERVICE, sample)
  if (!connector) throw new Error(`The sample ${sample} declares no connector`)
  const provider = { service: SERVICE, isTraced: true, hasVpc: false, logRetentionDays: 14 }
  const found = connectorFunctions(connector, connector.source.topics, provider).find(
    deployed => deployed.file === file,
  )
  if (!found) throw new Error(`The sample ${sample} deploys no ${file}`)
  const { key, definition, roles } = found
  const [policy] = (roles[roleId(key)] as Resource).Properties.Policies as [Policy]
  return {
    functionName: definition.name,
    environment: definition.environment as Record<string, string>,
    statements: policy.PolicyDocument.Statement,
  }
}

/** The function that settles mappings for stacks of the CDK. */
export const settleMappings = (): Deployed => ({
  functionName: `${SERVICE}-settle-mappings`,
  environment: { SERVICE_NAME: SERVICE },
  statements: settleStatements(SERVICE),
})

/** A permission of a role: an action, and on what, where a role has it on several. */
export interface Permission {
  action: string
  /** The cluster, or what has the tags; empty where an action has one place only. */
  place: string
  /** All resources that the role has the action on. */
  resources: string[]
}

/** The permissions that statements give, each once. */
export function permissionsOf(statements: readonly Statement[]): Permission[] {
  const found = new Map<string, Permission>()
  for (const granted of grantedBy(statements)) {
    const { action, resources } = granted
    const place = placeOf(granted)
    const known = found.get(`${action} ${place}`)
    found.set(`${action} ${place}`, { action, place, resources: [...(known?.resources ?? []), ...resources] })
  }
  return [...found.values()]
}

/** Where a permission is: a cluster, or mappings or functions of Lambda; empty where an action has one place only. */
export function placeOf({ action, resources: [arn = ''] }: Pick<Granted, 'action' | 'resources'>): string {
  if (action.startsWith('kafka-cluster:')) return clusterOf(arn) ?? ''
  if (/^lambda:(ListTags|TagResource|UntagResource)$/.test(action))
    return arn.includes(':function:') ? 'functions' : 'mappings'
  return ''
}

/** The cluster that an ARN of MSK names. */
export function clusterOf(arn: string): ClusterRole | undefined {
  return (Object.keys(clusters) as ClusterRole[]).find(role => arn.includes(`/${role}/`))
}
