import type { ReplicationPolicy } from './policy.ts'
import type { Exclusion, TopicFilter } from './topic-filter.ts'

/** The longest name of a topic, in characters. Source: Apache Kafka, `Topic.MAX_NAME_LENGTH`. */
export const MAX_TOPIC_NAME = 249

/** Why a topic that the filter leaves out is not replicated. */
const reasons: Record<Exclusion, string> = {
  internal: 'it is internal, as its name begins with __ or a dot or ends with internal',
  heartbeats: 'heartbeats belong to replication itself',
  'own topic': 'it receives failed records',
  'came from the target': 'its name says that its records came from the target',
}

export interface ReplicatedNames {
  policy: ReplicationPolicy
  sourceAlias: string
  filter: TopicFilter
}

/** Why a topic is never replicated, to follow its name: `is never replicated: …`. Undefined for a topic that is. */
export function obstacleTo(topic: string, { policy, sourceAlias, filter }: ReplicatedNames): string | undefined {
  const exclusion = filter(topic)
  if (exclusion) return `is never replicated: ${reasons[exclusion]}`
  const { length } = policy.remoteTopic(sourceAlias, topic)
  if (length <= MAX_TOPIC_NAME) return undefined
  return `is never replicated: its name on the target would have ${length} characters, and Kafka allows ${MAX_TOPIC_NAME}`
}
