import type { Connector, ReplicateConnector } from './connector.ts'
import type { Fault } from './fault.ts'
import { namingOf } from './naming.ts'

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
  const replications = connectors.filter(connector => connector.kind === 'replicate')
  const edges = edgesOf(replications)
  return edges.flatMap(first => {
    const round = roundFrom(first, edges)
    if (!round || round.every(({ stamps }) => stamps)) return []
    // Once for each round: by the connector that is declared first.
    if (edges.indexOf(first) !== Math.min(...round.map(edge => edges.indexOf(edge)))) return []
    const names = round.map(({ connector }) => connector.name).join(' → ')
    const topic = first.from.split(' ').at(1)
    const message = `the records of ${topic} come back over ${names}: expected addSourceHeader: true in each, or names that differ`
    return [{ path: [first.connector.declared, 'to'], message }]
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

/** One broker in common is enough: it belongs to one cluster only. */
function numberOf(cluster: Cluster, known: Cluster[]): number {
  const number = known.findIndex(
    ({ msk, bootstrapServers }) =>
      (msk !== undefined && JSON.stringify(msk) === JSON.stringify(cluster.msk)) ||
      bootstrapServers?.some(server => cluster.bootstrapServers?.includes(server)),
  )
  return number === -1 ? known.push(cluster) - 1 : number
}

/** The edges that lead from one back to its beginning; undefined when they don't. */
function roundFrom(first: Edge, edges: Edge[], way: Edge[] = [first]): Edge[] | undefined {
  const { to } = way.at(-1) as Edge
  if (to === first.from) return way
  const onward = edges.filter(edge => edge.from === to && !way.includes(edge))
  return onward.map(edge => roundFrom(first, edges, [...way, edge])).find(round => round !== undefined)
}
