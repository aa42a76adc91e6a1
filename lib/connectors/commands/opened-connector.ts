import type { CommitStore } from '../../commits/commit-store.ts'
import { compactSections, readCompactSettings } from '../../config/compact.ts'
import { readWithSecrets } from '../../config/secrets.ts'
import type { Environment } from '../../config/section.ts'
import { createObjectKeys, type ObjectKeys } from '../../objects/key.ts'
import { createCommitStore } from '../../s3/commit-store.ts'
import type { StoreSettings } from '../../s3/settings.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { compactEnvironment } from '../resources/environment.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import type { Deployment } from './deployment.ts'

export type ObjectSettings = ReturnType<typeof readCompactSettings>

/** A dump whose objects a command reads or writes, in this process. */
export interface OpenedConnector {
  connector: DumpConnector
  settings: ObjectSettings
  keys: ObjectKeys
  commits: CommitStore
}

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
export async function objectSettings(connector: DumpConnector, deployment: Deployment): Promise<ObjectSettings> {
  const environment = await environmentOf(connector, deployment)
  const { store, ...settings } = await readWithSecrets(compactSections, readCompactSettings, environment)
  return { ...settings, store: withIdentity(store, deployment) }
}

/** Opens the store of a dump with its {@link objectSettings}. */
export async function openConnector(connector: DumpConnector, deployment: Deployment): Promise<OpenedConnector> {
  const settings = await objectSettings(connector, deployment)
  const commits = createCommitStore(settings.store, settings.keys.prefix)
  return { connector, settings, keys: createObjectKeys(settings.keys), commits }
}

async function environmentOf(connector: DumpConnector, deployment: Deployment): Promise<Environment> {
  const { config, service, isLocal } = deployment
  const declared = Object.entries(compactEnvironment(connector, service))
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
export function withIdentity(store: StoreSettings, deployment: Deployment): StoreSettings {
  const identity = identityOf(deployment)
  if (!identity || store.credentials || store.profile || store.endpoint) return store
  const { renew } = store
  if (!renew) return { ...store, identity }
  const renewed = async () => {
    const fresh = await renew()
    return fresh && withIdentity(fresh, deployment)
  }
  return { ...store, identity, renew: renewed }
}

/** The framework's credentials (`--aws-profile`); undefined when it leaves them to the SDK. */
export function identityOf({ config }: Deployment): StoreSettings['identity'] {
  const { credentials } = config
  return typeof credentials === 'object' ? async () => credentials : credentials
}
