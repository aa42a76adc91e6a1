import { type ReplicationSettings, replicationSection } from '../../config/replication.ts'
import { readSections } from '../../config/section.ts'
import type { ReplicateConnector } from '../declaration/connector.ts'
import { connectorEnvironment } from './environment.ts'

/** How a replication names topics, as its function reads it; undefined when that is declared wrongly, which another check reports. */
export function namingOf(connector: ReplicateConnector): ReplicationSettings | undefined {
  try {
    const environment = connectorEnvironment(connector, '') as Record<string, string>
    return readSections({ naming: replicationSection }, environment).naming
  } catch {
    return undefined
  }
}
