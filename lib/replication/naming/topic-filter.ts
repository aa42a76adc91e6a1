import { HEARTBEATS } from './heartbeat.ts'
import { hopsFrom, type ReplicationPolicy } from './policy.ts'

export interface TopicFilterOptions {
  policy: ReplicationPolicy
  separator: string
  targetAlias: string
  /** Topics that the mapping names. They are replicated whatever they are. */
  mapped: Iterable<string>
  /** This project's topics on the source: dead letters and abnormal data. */
  own: Iterable<string>
}

/** Why a topic is not replicated. */
export type Exclusion = 'internal' | 'heartbeats' | 'own topic' | 'came from the target'

/** The reason why a topic of the source is not replicated; undefined when it is. */
export type TopicFilter = (topic: string) => Exclusion | undefined

/**
 * Leaves out topics that would replicate replication itself: internal topics, heartbeats, this project's own topics, and
 * remote topics whose records came from the target, over any number of hops. A topic that the mapping names is always
 * replicated.
 */
export function createTopicFilter(options: TopicFilterOptions): TopicFilter {
  const { policy, separator, targetAlias } = options
  const mapped = new Set(options.mapped)
  const own = new Set(options.own)
  return topic => {
    if (mapped.has(topic)) return undefined
    if (policy.isInternal(topic)) return 'internal'
    if (topic === HEARTBEATS || topic.endsWith(separator + HEARTBEATS)) return 'heartbeats'
    if (own.has(topic)) return 'own topic'
    return hopsFrom(policy, topic, targetAlias) > 0 ? 'came from the target' : undefined
  }
}
