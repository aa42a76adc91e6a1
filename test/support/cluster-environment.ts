import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'

/** The connection as environment variables of a function, `SOURCE` or `TARGET`. */
export function clusterEnvironment(role: 'SOURCE' | 'TARGET', connection: KafkaSettings): Record<string, string> {
  const { brokers, securityProtocol, sasl, ca } = connection
  const { username = '', password = '' } = sasl && 'password' in sasl ? sasl : {}
  const variables = {
    BROKERS: brokers.join(),
    SECURITY_PROTOCOL: securityProtocol,
    SASL_MECHANISM: sasl?.mechanism ?? '',
    USERNAME: username,
    PASSWORD: password,
    CA: ca?.replaceAll('\n', '\\n') ?? '',
  }
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${role}_KAFKA_${name}`, value]))
}
