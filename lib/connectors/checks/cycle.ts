import { isSameCluster } from '../declaration/cluster.ts'
import type { Connector, ReplicateConnector } from '../declaration/connector.ts'
import { namingOf } from '../resources/naming.ts'
import type { Fault } from './fault.ts'

type Cluster = Pick<ReplicateConnector['source'], 'msk' | 'bootstrapServers'>

/** One topic's path through one connector. */
interface Edge {
  connector: ReplicateConnector
  /** The cluster's number and the topic. */
  from: string
  to: string
  /** Whether the connector adds the source header, and skips records that carry the target's. */
  stamps: boolean
}

/** Replications that lead a topic back to its origin, over any number of connectors, so that its records circulate forever. */
export function cycles(connectors: Connector[]): Fault[] {
  const edges = edgesOf(connectors.filter(connector => connector.kind === 'replicate'))
  const onward = Map.groupBy(edges, ({ from }) => from)
  return edges.flatMap(edge => {
    // A cycle ends where a connector stamps its records, so only one without stamps is a fault.
    const found = edge.stamps ? undefined : roundFrom(edge, onward)
    if (!found) return []
    // The cycle begins with the connector declared first, so that it is reported once however it was found.
    const start = found.indexOf(edges.find(edge => found.includes(edge)) as Edge)
    const round = [...found.slice(start), ...found.slice(0, start)]
    const names = round.map(({ connector }) => connector.name).join(' → ')
    const topic = round[0]?.from.split(' ').at(1)
    const message = `the records of ${topic} come back over ${names}: expected addSourceHeader: true in each, or names that differ`
    return [{ path: [round[0]?.connector.declared ?? '', 'to'], message }]
  })
}

function edgesOf(connectors: ReplicateConnector[]): Edge[] {
  const clusters: Cluster[] = []
  return connectors.flatMap(connector => {
    const naming = namingOf(connector)
    if (!naming) return []
    const { policy, sourceAlias, addSourceHeader } = naming
    const [source, target] = [numberOf(connector.source, clusters), numberOf(connector.to, clusters)]
    return (connector.source.topics ?? []).map(topic => ({
      connector,
      from: `${source} ${topic}`,
      to: `${target} ${policy.remoteTopic(sourceAlias, topic)}`,
      stamps: addSourceHeader,
    }))
  })
}

/** The cluster's number in the list of known clusters, to which it is added if it is new. */
function numberOf(cluster: Cluster, known: Cluster[]): number {
  const number = known.findIndex(other => isSameCluster(other, cluster))
  return number === -1 ? known.push(cluster) - 1 : number
}

/** The shortest path from an edge back to its start, the edge first; undefined when there is none. */
function roundFrom(first: Edge, onward: Map<string, Edge[]>): Edge[] | undefined {
  // Breadth first: a map is iterated in insertion order, including entries added during the iteration.
  const ways = new Map([[first.to, [first]]])
  for (const [place, way] of ways) {
    if (place === first.from) return way
    for (const edge of onward.get(place) ?? []) {
      if (!ways.has(edge.to)) ways.set(edge.to, [...way, edge])
    }
  }
  return undefined
}
