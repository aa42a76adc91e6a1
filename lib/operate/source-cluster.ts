import { type ConnectorSettings, connectorSections, readConnectorSettings } from '../config/connector.ts'
import { readWithSecrets } from '../config/secrets.ts'
import type { Environment } from '../config/section.ts'
import { CodedError } from '../error.ts'
import { findBrokers } from '../kafka/client/msk.ts'
import type { KafkaSettings, SaslMechanism, SecurityProtocol } from '../kafka/client/settings.ts'

/**
 * The cluster that a connector reads. The brokers of an MSK cluster are looked up when they are not set.
 *
 * @param environment the environment that the settings were read from
 * @throws CodedError when the brokers are neither set nor found
 */
export async function findSource(
  { source, mskCluster }: ConnectorSettings,
  environment: Environment,
): Promise<KafkaSettings> {
  if (source) return source
  if (!mskCluster) throw new CodedError('CONFIG_INVALID', 'SOURCE_KAFKA_BROKERS: expected the brokers, got nothing')
  // Reading the settings has checked these two.
  const securityProtocol = environment.SOURCE_KAFKA_SECURITY_PROTOCOL as SecurityProtocol | undefined
  const mechanism = environment.SOURCE_KAFKA_SASL_MECHANISM as SaslMechanism | undefined
  const brokers = await findBrokers(mskCluster, { securityProtocol, mechanism })
  const withBrokers = { ...environment, SOURCE_KAFKA_BROKERS: brokers.join() }
  const found = await readWithSecrets(connectorSections, readConnectorSettings, withBrokers)
  return found.source as KafkaSettings
}
