import type { KafkaSettings } from '../../kafka/client/settings.ts'
import type { SchemaRegistrySettings } from '../../schema-registry/index.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { clusterLogin, registryLogin } from './secret-login.ts'

/** What a mapping connects to. */
export interface Connections {
  connection: KafkaSettings
  /** Absent for a mapping that validates nothing. */
  registry?: SchemaRegistrySettings
}

/**
 * The same connections with the logins that the mapping's secrets have. A registry of AWS Glue has none: the process's own
 * identity asks it.
 *
 * @throws CodedError `SECRET_UNREADABLE`
 */
export async function loggedIn(
  { connection, registry }: Connections,
  { access = [], schemaRegistry }: EventSourceMapping,
): Promise<Connections> {
  const { ca = connection.ca, securityProtocol, ...login } = await clusterLogin(access)
  const isTls = securityProtocol !== 'PLAINTEXT' || ca !== undefined
  const protocol = isTls && securityProtocol === 'PLAINTEXT' ? 'SSL' : securityProtocol
  return {
    connection: { brokers: connection.brokers, ...login, ca, securityProtocol: protocol },
    registry:
      registry && 'urls' in registry
        ? { ...registry, ...withoutAbsent(await registryLogin(schemaRegistry?.access ?? [])) }
        : registry,
  }
}

/** What a registry of the settings has stays, if the mapping's secrets say nothing of it. */
function withoutAbsent(login: Awaited<ReturnType<typeof registryLogin>>): Partial<typeof login> {
  const { credentials, tls } = login
  return { ...(credentials && { credentials }), ...(tls && Object.values(tls).some(Boolean) && { tls }) }
}
