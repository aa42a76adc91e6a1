import { type ConnectorSettings, connectorSections, readConnectorSettings } from '../../config/connector.ts'
import { readWithSecrets } from '../../config/secrets.ts'
import type { Environment } from '../../config/section.ts'
import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { findSource } from '../../operate/source-cluster.ts'
import type { Connector } from '../declaration/connector.ts'
import { checkEnvironment } from '../resources/environment.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'

/** A connector's settings, with the cluster that its mappings read. */
export interface ConnectorClusters {
  settings: ConnectorSettings
  source: KafkaSettings
  /** The variables that the settings were read from. */
  environment: Environment
}

/**
 * The clusters of a connector, for a command that connects to them itself: as its function `check` has them, with the secrets
 * and the brokers of MSK read by the user's own credentials.
 *
 * @throws CommandError when nothing is deployed; CodedError `CONFIG_INVALID`, `SECRET_UNREADABLE`
 */
export async function connectorClusters(connector: Connector, deployment: Deployment): Promise<ConnectorClusters> {
  const environment = await environmentOf(connector, deployment)
  const settings = await readWithSecrets(connectorSections, readConnectorSettings, environment)
  return { settings, source: await findSource(settings, environment), environment }
}

async function environmentOf(connector: Connector, deployment: Deployment): Promise<Environment> {
  const { config, service, isLocal } = deployment
  const declared = checkEnvironment(connector, service, connector.name)
  const place = { AWS_REGION: config.region }
  const isKnown = Object.values(declared).every(value => typeof value === 'string')
  if (isKnown && !isLocal) return { ...place, ...(declared as Environment) }
  const deployed = await deployment.environmentOf(connector, 'check')
  if (deployed) return { ...place, ...deployed }
  throw new CommandError(`${connector.name} is not deployed, so its clusters are not known. Deploy it first.`)
}
