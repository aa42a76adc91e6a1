import { DEFAULT_SEPARATOR } from './policy.ts'

/**
 * MirrorMaker 2's topic of heartbeats. Each cluster has its own, and those of the upstream clusters under their aliases,
 * whatever the replication policy. From these names its tools derive which clusters are upstream, and over how many hops.
 *
 * Source: Apache Kafka, connect/mirror-client, `ReplicationPolicy.heartbeatsTopic`, `MirrorClient.countHopsForTopic`.
 */
export const HEARTBEATS = 'heartbeats'

/** Name on the target of the source's topic of heartbeats. */
export function remoteHeartbeatsTopic(sourceAlias: string, separator = DEFAULT_SEPARATOR): string {
  return `${sourceAlias}${separator}${HEARTBEATS}`
}
