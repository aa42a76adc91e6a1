import type { EventSourceMapping } from '../../lambda/event-source-mappings.ts'
import type { Connector } from '../connector.ts'
import type { Deployment } from './deployment.ts'

/** Where it is told what could not be done now. */
interface Warnings {
  warning(line: string): void
}

const hasPattern = ({ source }: Connector) => source.pattern !== undefined

/**
 * Brings the mappings that are not the template's in line with what was just deployed: those of patterns are made or
 * changed at once, those of connectors that are gone are deleted.
 */
export async function afterDeploy(connectors: Connector[], deployment: Deployment, log: Warnings): Promise<void> {
  for (const connector of connectors.filter(hasPattern)) {
    await deployment.reconcile(connector).catch(({ message }: Error) => {
      log.warning(`The mappings of ${connector.name} were not made yet, which its schedule makes up for: ${message}`)
    })
  }
  const names = new Set(connectors.map(deployment.functionName))
  await deleteMappings(deployment, functionName => !names.has(functionName))
}

/** Deletes the mappings that are not the template's: nothing else would, and they outlive their functions. */
export async function beforeRemove(connectors: Connector[], deployment: Deployment): Promise<void> {
  const names = new Set(connectors.filter(hasPattern).map(deployment.functionName))
  await deleteMappings(deployment, functionName => names.has(functionName))
}

/** Only of functions of this service, and only those that `reconcile` has made: they carry the service's name. */
async function deleteMappings(
  { mappings, service }: Deployment,
  isWanted: (functionName: string) => boolean,
): Promise<void> {
  const ours = (await mappings.list()).filter(mapping => {
    const name = functionNameOf(mapping)
    return name.startsWith(`${service}-`) && isWanted(name)
  })
  for (const { arn, uuid } of ours) {
    if ((await mappings.tags(arn)).service === service) await mappings.delete(uuid)
  }
}

function functionNameOf({ functionArn }: EventSourceMapping): string {
  return functionArn.split(':')[6] ?? ''
}
