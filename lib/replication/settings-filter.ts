import type { TopicSettings } from '../kafka/admin/admin.ts'

/**
 * Topic settings that stay the target's own: which replicas are throttled, whose clock counts, and how much safety the
 * cluster can afford are facts of a cluster, not of a topic's content.
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

/** The settings that the target takes over from the source. */
export function replicatedSettings(source: TopicSettings): TopicSettings {
  return Object.fromEntries(Object.entries(source).filter(([name]) => !ownSettings.includes(name)))
}

/** The settings that a target topic should have: the source's, and its own of those that aren't replicated. */
export function wantedSettings(source: TopicSettings, target: TopicSettings): TopicSettings {
  const own = Object.entries(target).filter(([name]) => ownSettings.includes(name))
  return { ...replicatedSettings(source), ...Object.fromEntries(own) }
}
