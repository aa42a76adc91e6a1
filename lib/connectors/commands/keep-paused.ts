import { type PausedConnector, pausedConnectors, pausedResources } from '../../plan/paused.ts'
import { planOf, refusals } from '../../plan/plan.ts'
import type { Connector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'
import { liveService } from './live.ts'
import type { PackagedService } from './packaged-service.ts'
import { refusalMessage } from './plan.ts'

/**
 * Prepares a template for its deployment: connectors that are paused stay paused, also where a mapping changes or a topic is new.
 * Changes the template in place, as the framework deploys this object.
 *
 * @returns the connectors that stay paused
 * @throws CommandError when the template asks for what can't be changed in place, before anything is touched
 */
export async function prepareTemplate(
  connectors: Connector[],
  deployment: Deployment,
  { stackName, template: declared }: Pick<PackagedService, 'stackName' | 'template'>,
): Promise<PausedConnector[]> {
  const { template: deployed, mappings: live } = await liveService(stackName, connectors, deployment)
  if (!deployed) return []
  const code = { deployed: new Map<string, string>(), declared: new Map<string, string>() }
  const refused = refusals(planOf({ connectors, declared, deployed, live, code }))
  if (refused.length > 0) throw new CommandError(refusalMessage(refused))
  const paused = pausedConnectors(connectors, live, deployed)
  Object.assign(declared.Resources, pausedResources(declared, deployed, connectors, paused))
  return paused
}
