import { offsetTopics, offsetTopicsSection } from '../../config/offset-topics.ts'
import { replicateSections } from '../../config/replicate.ts'
import { readSections } from '../../config/section.ts'
import { isSameCluster } from '../declaration/cluster.ts'
import type { Connector, ReplicateConnector } from '../declaration/connector.ts'
import { connectorEnvironment } from '../resources/environment.ts'
import { namingOf } from '../resources/naming.ts'
import { commonTopic, mayOverlap } from './common-topic.ts'
import type { Fault } from './fault.ts'

/** Replications that write the records of one topic to one cluster twice. */
export function duplicates(connectors: Connector[]): Fault[] {
  return pairs(connectors).flatMap(([first, second]) => {
    const topic = commonTopic(first, second)
    const conflict = topic === undefined ? undefined : conflictOver(topic, first, second)
    return conflict === undefined ? [] : [faultOf(second, conflict)]
  })
}

/** Replications whose patterns may match a common topic, which would then be one of {@link duplicates}. */
export function possibleDuplicates(connectors: Connector[]): Fault[] {
  return pairs(connectors).flatMap(([first, second]) => {
    if (!mayOverlap(first, second) || conflictOver('topic', first, second) === undefined) return []
    const both = `${first.source.pattern} of ${first.name}`
    return [faultOf(second, `a topic that matches this and ${both} would be replicated to the same cluster twice`)]
  })
}

function faultOf({ declared, source }: ReplicateConnector, message: string): Fault {
  return { path: [declared, 'source', source.topics ? 'topics' : 'pattern'], message }
}

/** The pairs of replications from one cluster to one other. */
function pairs(connectors: Connector[]): [ReplicateConnector, ReplicateConnector][] {
  const replications = connectors.filter(connector => connector.kind === 'replicate')
  return replications.flatMap((second, index) =>
    replications
      .slice(0, index)
      .filter(first => isSameCluster(first.source, second.source) && isSameCluster(first.to, second.to))
      .map((first): [ReplicateConnector, ReplicateConnector] => [first, second]),
  )
}

/** What is wrong when both read the topic; undefined when they don't touch each other's records and offsets. */
function conflictOver(topic: string, first: ReplicateConnector, second: ReplicateConnector): string | undefined {
  const [one, other] = [placeOf(first, topic), placeOf(second, topic)]
  if (!one || !other) return undefined
  if (one.remote === other.remote) {
    return `${topic} is also replicated to this cluster, under the same name, by ${first.name}: its records would be there twice; expected it in one of the two`
  }
  if (one.offsets === undefined || one.offsets !== other.offsets) return undefined
  return `${first.name} also records where the records of ${topic} are on this cluster, in the same topic: each would take the other’s for its own; expected another to.alias, or the topic in one of the two`
}

interface Place {
  /** The topic's name on the target. */
  remote: string
  /** Where the connector records source and target offsets; undefined when it doesn't. */
  offsets?: string
}

function placeOf(connector: ReplicateConnector, topic: string): Place | undefined {
  const naming = namingOf(connector)
  if (!naming) return undefined
  const sections = { offsets: offsetTopicsSection, records: replicateSections.records }
  const environment = connectorEnvironment(connector, '') as Record<string, string>
  const { offsets, records } = readSections(sections, environment)
  const { location } = offsets
  const remote = naming.policy.remoteTopic(naming.sourceAlias, topic)
  if (records.partitioner !== 'same') return { remote }
  return { remote, offsets: `${location} ${offsetTopics(location, naming).topic}` }
}
