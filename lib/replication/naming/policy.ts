/**
 * How topics are named on the target, and what a name says about the origin of its records.
 *
 * - remote topic: a topic of the target with the records of a source topic, `eu.orders` for `orders` of `eu`
 * - source of a remote topic: the alias of the cluster that it was replicated from, `eu`
 * - upstream topic: its name on that cluster, `orders`; after several hops itself a remote topic, `us.orders` in `eu.us.orders`
 * - internal topic: a topic that belongs to Kafka or to replication itself
 *
 * The model is MirrorMaker 2. Source: Apache Kafka, connect/mirror-client, `ReplicationPolicy`.
 */
export interface ReplicationPolicy {
  /** Name on the target of a topic of the source cluster. */
  remoteTopic(sourceAlias: string, topic: string): string
  /** Alias of the cluster that the topic was replicated from; undefined when the name doesn't contain it. */
  sourceOf(topic: string): string | undefined
  /** The topic's name on the cluster that it was replicated from; undefined when the name doesn't contain it. */
  upstreamTopic(topic: string): string | undefined
  /** Whether the topic belongs to Kafka or to replication itself. */
  isInternal(topic: string): boolean
}

export const DEFAULT_SEPARATOR = '.'

/** Policy `default`: the source's alias, the separator and the topic's name, so a name contains every hop. */
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

/** Policy `identity`: topics keep their names, so only a header can say where a record comes from. */
export const identityPolicy: ReplicationPolicy = {
  remoteTopic: (_, topic) => topic,
  sourceOf: () => undefined,
  upstreamTopic: () => undefined,
  isInternal,
}

/** Topics are named by the mapping; a topic that isn't in it keeps its name. */
export function mappingPolicy(mapping: ReadonlyMap<string, string>): ReplicationPolicy {
  return { ...identityPolicy, remoteTopic: (_, topic) => mapping.get(topic) ?? topic }
}

/** All records go to one topic. */
export function singleTopicPolicy(target: string): ReplicationPolicy {
  return { ...identityPolicy, remoteTopic: () => target }
}

/**
 * How many hops the topic's records have made since they left the cluster: 1 when they came from it directly, -1 when the
 * name doesn't say that they came from it.
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
 * Kafka's own topics, offset syncs, checkpoints, and topics of Kafka Connect. MirrorMaker 2 excludes only `.internal` and
 * `-internal`; any name that ends in `internal` is excluded here, as users of managed replication expect.
 */
function isInternal(topic: string): boolean {
  return topic.startsWith('__') || topic.startsWith('.') || topic.endsWith('internal')
}
