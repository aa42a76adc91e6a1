import type { Connection, findCoordinatorV4 } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import { apiOf, type Client } from './client.ts'

/** Types of coordinators. Source: Apache Kafka, `FindCoordinatorRequest.CoordinatorType`. */
const kinds = { group: 0, transaction: 1 }

/** Connects to the broker that coordinates a consumer group or a transactional id. */
export async function findCoordinator(client: Client, kind: keyof typeof kinds, id: string): Promise<Connection> {
  type Parameters = [number, string[]]
  const api = await apiOf<Parameters, findCoordinatorV4.FindCoordinatorResponse>(client, 'FindCoordinator')
  const { coordinators } = await api.async(await client.anyBroker(), kinds[kind], [id])
  const [coordinator] = coordinators
  if (!coordinator)
    throw new CodedError('KAFKA_UNAVAILABLE', 'The cluster returned no coordinator.', { retryable: true })
  return await client.base.connections.get(coordinator)
}
