/**
 * How topics are named on the target, and what a name tells of where its records come from.
 *
 * - remote topic: a topic of the target that holds the records of a source's topic, `eu.orders` for `orders` of `eu`
 * - source of a remote topic: the alias of the cluster from which it was replicated, `eu`
 * - upstream topic: its name there, `orders`; itself a remote topic after several hops, `us.orders` in `eu.us.orders`
 * - internal topic: one that belongs to Kafka or to replication itself
 *
 * The model is MirrorMaker 2. Source: Apache Kafka, connect/mirror-client, `ReplicationPolicy`.
 */
export interface ReplicationPolicy {
  /** Name on the target of a topic of the source cluster. */
  remoteTopic(sourceAlias: string, topic: string): string
  /** Alias of the cluster from which the topic was replicated; undefined where the name doesn't tell. */
  sourceOf(topic: string): string | undefined
  /** The topic's name on the cluster from which it was replicated; undefined where the name doesn't tell. */
  upstreamTopic(topic: string): string | undefined
  /** Whether the topic belongs to Kafka or to replication itself. */
  isInternal(topic: string): boolean
}

export const DEFAULT_SEPARATOR = '.'

/** Policy `default`: the source's alias, the separator and the topic's name. Names tell every hop. */
export function renamingPolicy(separator = DEFAULT_SEPARATOR): ReplicationPolicy {
  const endOfSource = (topic: string) => {
    const end = topic.indexOf(separator)
    return end > 0 && end + separator.length < topic.length ? end : undefined
  }
  return {
    remoteTopic: (sourceAlias, topic) => `${sourceAlias}${separator}${topic}`,
    sourceOf(topic) {
      const end = endOfSource(topic)
      return end === undefined ? undefined : topic.slice(0, end)
    },
    upstreamTopic(topic) {
      const end = endOfSource(topic)
      return end === undefined ? undefined : topic.slice(end + separator.length)
    },
    isInternal,
  }
}

/** Policy `identity`: topics keep their names, so only a header can tell where a record comes from. */
export const identityPolicy: ReplicationPolicy = {
  remoteTopic: (_, topic) => topic,
  sourceOf: () => undefined,
  upstreamTopic: () => undefined,
  isInternal,
}

/** Topics as the mapping names them; a topic that it doesn't name keeps its name. */
export function mappingPolicy(mapping: ReadonlyMap<string, string>): ReplicationPolicy {
  return { ...identityPolicy, remoteTopic: (_, topic) => mapping.get(topic) ?? topic }
}

/** All topics into one. */
export function singleTopicPolicy(target: string): ReplicationPolicy {
  return { ...identityPolicy, remoteTopic: () => target }
}

/**
 * On how many clusters the topic's records have been since they left the cluster: 1 when they came from there directly,
 * -1 when the name doesn't say that they came from there.
 *
 * Source: Apache Kafka, connect/mirror-client, `MirrorClient.countHopsForTopic`.
 */
export function hopsFrom(policy: ReplicationPolicy, topic: string, alias: string): number {
  let name: string | undefined = topic
  for (let hops = 1; name !== undefined; hops++) {
    if (policy.sourceOf(name) === alias) return hops
    name = policy.upstreamTopic(name)
  }
  return -1
}

/**
 * Kafka's own topics, offset syncs, checkpoints, and those of Kafka Connect. Names that end in `internal` are more than
 * MirrorMaker 2 leaves out (`.internal`, `-internal`), and what users of managed replication are used to.
 */
function isInternal(topic: string): boolean {
  return topic.startsWith('__') || topic.startsWith('.') || topic.endsWith('internal')
}
