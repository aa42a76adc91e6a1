import type { DeployedMapping } from '../../lambda/event-source-mappings.ts'
import { deleteMadeMappings } from '../../lambda/made-mappings.ts'
import type { Connector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'

/** Reports what could not be done now. */
interface Warnings {
  warning(line: string): void
}

/** How long to wait for Lambda to delete mappings: their pollers have to end first. */
const PATIENCE_MS = 300_000

const hasPattern = ({ source }: Connector) => source.pattern !== undefined

/**
 * Deletes the mappings that `reconcile` created for connectors that now name their topics: Lambda allows one mapping per
 * function and topic, so the template could not create its own. Those continue at the committed offsets. The deployed
 * `reconcile` is held, since it would recreate the mappings until the stack removes it.
 */
export async function beforeDeploy(connectors: Connector[], deployment: Deployment): Promise<void> {
  for (const connector of connectors.filter(connector => !hasPattern(connector))) {
    if (await deployment.holdReconcile(connector)) {
      await deleteMappings(deployment, async () => (await deployment.mappingsOf(connector)) ?? [])
    }
  }
}

/**
 * Brings the mappings that are not part of the template in line with what was just deployed: creates or changes those of
 * patterns at once, and deletes those of removed connectors.
 */
export async function afterDeploy(connectors: Connector[], deployment: Deployment, log: Warnings): Promise<void> {
  for (const connector of connectors.filter(hasPattern)) {
    const reason = await deployment.reconcile(connector).then(
      left => (left.length > 0 ? `${left.length} are left` : undefined),
      ({ message }: Error) => message,
    )
    if (reason === undefined) continue
    log.warning(
      `Not all mappings of ${connector.name} are as declared yet; its schedule tries again every five minutes: ${reason}`,
    )
  }
  const names = new Set(connectors.map(deployment.functionName))
  await deleteMappings(deployment, () => mappingsOfService(deployment, name => !names.has(name)))
}

/** Deletes the mappings that are not part of the template: nothing else would, and they outlive their functions. */
export async function beforeRemove(deployment: Deployment): Promise<void> {
  await deleteMappings(deployment, () => mappingsOfService(deployment, () => true))
}

async function mappingsOfService(
  { mappings, service }: Deployment,
  isWanted: (functionName: string) => boolean,
): Promise<DeployedMapping[]> {
  const all = await mappings.list()
  return all.filter(mapping => {
    const name = functionNameOf(mapping)
    return name.startsWith(`${service}-`) && isWanted(name)
  })
}

/** @throws CommandError when Lambda takes too long to delete them */
async function deleteMappings(
  { mappings, service }: Deployment,
  find: () => Promise<DeployedMapping[]>,
): Promise<void> {
  const topics = await deleteMadeMappings(mappings, service, find, Date.now() + PATIENCE_MS)
  if (topics.length === 0) return
  throw new CommandError(
    `Lambda is still deleting the mappings of ${topics.join(', ')}; run this again in a few minutes.`,
  )
}

function functionNameOf({ functionArn }: DeployedMapping): string {
  return functionArn.split(':')[6] ?? ''
}
