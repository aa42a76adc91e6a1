import { CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'

type IdentifiedCluster = Pick<ClusterAdmin, 'clusterId'>

/**
 * Verifies that source and target are two clusters. Different addresses may lead to the same cluster.
 *
 * @throws CodedError `CONFIG_INVALID` when they are the same, other codes when a cluster doesn't answer
 */
export async function requireTwoClusters(source: IdentifiedCluster, target: IdentifiedCluster): Promise<void> {
  const [sourceId, targetId] = await Promise.all([source.clusterId(), target.clusterId()])
  if (sourceId !== targetId) return
  const message = `TARGET_KAFKA_BROKERS: expected another cluster than SOURCE_KAFKA_BROKERS, got the same (${sourceId})`
  throw new CodedError('CONFIG_INVALID', message)
}
