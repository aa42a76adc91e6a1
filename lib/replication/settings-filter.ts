import type { TopicSettings } from '../kafka/admin/admin.ts'

/**
 * Topic settings that are not replicated. Throttled replicas, the clock that sets timestamps and the required in-sync
 * replicas depend on the cluster, not on the topic's content.
 *
 * Source: Apache Kafka, connect/mirror, `DefaultConfigPropertyFilter`, `config.properties.exclude`.
 */
export const ownSettings: readonly string[] = [
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'message.timestamp.difference.max.ms',
  'message.timestamp.type',
  'min.insync.replicas',
  'unclean.leader.election.enable',
]

/** The settings that the target gets from the source. */
export function replicatedSettings(source: TopicSettings): TopicSettings {
  return Object.fromEntries(Object.entries(source).filter(([name]) => !ownSettings.includes(name)))
}

/** The settings that a target topic should have: those of the source, and its own where they aren't replicated. */
export function wantedSettings(source: TopicSettings, target: TopicSettings): TopicSettings {
  const own = Object.entries(target).filter(([name]) => ownSettings.includes(name))
  return { ...replicatedSettings(source), ...Object.fromEntries(own) }
}
