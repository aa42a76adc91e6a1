import type { Connection } from '@platformatic/kafka'
import type { Client } from '../client/client.ts'

/** How long the cluster may take to apply a change. */
export const CHANGE_TIMEOUT_MS = 5_000

/** Only the controller makes changes to the cluster. Without ZooKeeper, any broker forwards requests to it. */
export async function controllerOf({ base }: Client): Promise<Connection> {
  const { controllerId, brokers } = await base.metadata({ topics: [] })
  // During an election there is no controller; the client reports that as a retryable error.
  return await base.connections.get(brokers.get(controllerId) as never)
}
