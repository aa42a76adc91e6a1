import { DEFAULT_SEPARATOR } from './naming/policy.ts'

/**
 * MirrorMaker 2's topic of heartbeats. Each cluster has one of its own, and those of the clusters before it under their
 * aliases, whatever the replication policy. By these names its tools tell which clusters are upstream and how far.
 *
 * Source: Apache Kafka, connect/mirror-client, `ReplicationPolicy.heartbeatsTopic`, `MirrorClient.countHopsForTopic`.
 */
export const HEARTBEATS = 'heartbeats'

/** Name on the target of the source's heartbeats. */
export function remoteHeartbeatsTopic(sourceAlias: string, separator = DEFAULT_SEPARATOR): string {
  return `${sourceAlias}${separator}${HEARTBEATS}`
}
