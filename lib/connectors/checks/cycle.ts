import { isSameCluster } from '../declaration/cluster.ts'
import type { Connector, ReplicateConnector } from '../declaration/connector.ts'
import { namingOf } from '../resources/naming.ts'
import type { Fault } from './fault.ts'

type Cluster = Pick<ReplicateConnector['source'], 'msk' | 'bootstrapServers'>

/** One topic's way through one connector. */
interface Edge {
  connector: ReplicateConnector
  /** The cluster's number and the topic. */
  from: string
  to: string
  /** Whether the connector stamps records, and refuses those with the target's stamp. */
  stamps: boolean
}

/** Replications that lead a topic back to where it came from, over however many connectors, so that records go round forever. */
export function cycles(connectors: Connector[]): Fault[] {
  const edges = edgesOf(connectors.filter(connector => connector.kind === 'replicate'))
  const onward = Map.groupBy(edges, ({ from }) => from)
  return edges.flatMap(edge => {
    // A round in which every connector stamps its records comes to an end.
    const found = edge.stamps ? undefined : roundFrom(edge, onward)
    if (!found) return []
    // The same words whichever of its connectors it was found by: it begins with the one that is declared first.
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

/** The cluster's number among those that are known, of which it is one from then on. */
function numberOf(cluster: Cluster, known: Cluster[]): number {
  const number = known.findIndex(other => isSameCluster(other, cluster))
  return number === -1 ? known.push(cluster) - 1 : number
}

/** The shortest way from an edge back to its beginning, the edge first; undefined when there is none. */
function roundFrom(first: Edge, onward: Map<string, Edge[]>): Edge[] | undefined {
  // A map's entries are walked in the order in which they come in, those that come in meanwhile, too.
  const ways = new Map([[first.to, [first]]])
  for (const [place, way] of ways) {
    if (place === first.from) return way
    for (const edge of onward.get(place) ?? []) {
      if (!ways.has(edge.to)) ways.set(edge.to, [...way, edge])
    }
  }
  return undefined
}
