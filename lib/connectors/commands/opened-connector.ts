import { formatSection } from '../../config/format.ts'
import { objectsSection } from '../../config/objects.ts'
import { readWithSecrets } from '../../config/secrets.ts'
import { type Environment, readSections } from '../../config/section.ts'
import { storeSection } from '../../config/store.ts'
import type { StoreSettings } from '../../s3/settings.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { connectorEnvironment } from '../resources/environment.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import type { Deployment } from './deployment.ts'

/** What commands that work on objects read of a connector's settings. */
export const objectSections = { store: storeSection, format: formatSection, keys: objectsSection }

/** The dump of that name. @throws CommandError when there is none, or another kind of connector */
export function dumpNamed(name: string, { connectors }: CommandContext): DumpConnector {
  const connector = connectorNamed(name, connectors)
  if (connector.kind === 'dump') return connector
  throw new CommandError(`${name} replicates to a cluster, so it has no objects.`)
}

/**
 * The settings of a dump, read in this process: as declared, or as deployed where only CloudFormation knows a value. On a
 * laptop, as the service that runs there has them, since another store takes the place of the declared one. Requests are made
 * with the user's own credentials, unless the connector has access keys.
 *
 * @throws CommandError when nothing is deployed; CodedError `CONFIG_INVALID`, `SECRET_UNREADABLE`
 */
export async function objectSettings(connector: DumpConnector, deployment: Deployment) {
  const environment = await environmentOf(connector, deployment)
  const read = (given: Environment) => readSections(objectSections, given)
  const { store, ...settings } = await readWithSecrets(objectSections, read, environment)
  return { ...settings, store: withIdentity(store, deployment) }
}

async function environmentOf(connector: DumpConnector, deployment: Deployment): Promise<Environment> {
  const { config, service, isLocal } = deployment
  const declared = Object.entries(connectorEnvironment(connector, service))
  const isKnown = declared.every(([, value]) => typeof value === 'string')
  const place = { AWS_REGION: config.region }
  if (isKnown && !isLocal) return { ...place, ...(Object.fromEntries(declared) as Environment) }
  const deployed = await deployment.environmentOf(connector)
  if (deployed) return { ...place, ...deployed }
  throw new CommandError(
    `${connector.name} is not deployed, and only the deployment tells the name of its bucket or the like. Deploy it first.`,
  )
}

/** The store's settings with the framework's credentials (`--aws-profile`) in place of a function's role. */
function withIdentity(store: StoreSettings, deployment: Deployment): StoreSettings {
  const { credentials } = deployment.config
  if (!credentials || store.credentials || store.profile || store.endpoint) return store
  const identity = typeof credentials === 'function' ? credentials : async () => credentials
  const { renew } = store
  if (!renew) return { ...store, identity }
  const renewed = async () => {
    const fresh = await renew()
    return fresh && withIdentity(fresh, deployment)
  }
  return { ...store, identity, renew: renewed }
}
