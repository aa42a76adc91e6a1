import type { DocumentOf, Flow } from '../../../api/index.ts'
import { countText, shortNumberText } from '../../parts/number.ts'
import { durationText } from '../../parts/time.ts'

type Health = DocumentOf<'describe'>

/** A place that records come through. */
export interface Node {
  /** How far along the way it is, from 0. */
  rank: number
  title: string
  /** What is said below the title. */
  lines: string[]
  tone: 'plain' | 'bad' | 'off'
}

/** The way from one place to another. */
export interface Edge {
  from: number
  to: number
  /** Up to two short texts, such as how much goes along it. */
  labels: string[]
  tone: 'plain' | 'bad' | 'off'
}

export interface Graph {
  nodes: Node[]
  edges: Edge[]
}

/** A topic with its mapping, or several topics for which there is no room. */
interface Lane {
  title: string
  count: number
  partitions: number | null
  lag: number | null
  inPerMinute: number | null
  outPerMinute: number | null
  isStopped: boolean
  mapping: string
  problem: string
  isOff: boolean
}

/**
 * The way of a connector's records, with counts.
 *
 * @param health undefined: not known yet
 * @param mostLanes topics that have a place of their own
 */
export function flowGraph(flow: Flow, health: Health | undefined, mostLanes: number): Graph {
  const lanes = lanesOf(flow, health, mostLanes)
  const graph: Graph = { nodes: [], edges: [] }
  const add = (node: Node) => graph.nodes.push(node) - 1
  const title = flow.target.kind === 'bucket' ? 'dump' : 'replicate'
  const own = add({ rank: 2, title, lines: ['Function', flow.functionName], tone: 'plain' })
  for (const lane of lanes) addLane(graph, lane, own)
  addTarget(graph, own, flow, health)
  addFailures(graph, own, flow, health)
  return graph
}

function addLane({ nodes, edges }: Graph, lane: Lane, own: number): void {
  const { title, count, partitions, lag, isStopped, isOff } = lane
  const tone = isStopped ? 'bad' : 'plain'
  const lines = [
    count > 1 ? countText(count, 'topic') : 'Topic',
    partitions === null ? '' : countText(partitions, 'partition'),
  ]
  const topic = nodes.push({ rank: 0, title, lines, tone: 'plain' }) - 1
  const state = isOff ? 'off' : lane.problem ? 'bad' : 'plain'
  const mapping = nodes.push({ rank: 1, title: lane.mapping, lines: ['Mapping', lane.problem], tone: state }) - 1
  const unread = lag === null ? '' : `${shortNumberText(lag)} unread`
  edges.push({ from: topic, to: mapping, labels: [rate(lane.inPerMinute), unread], tone: isOff ? 'off' : tone })
  edges.push({ from: mapping, to: own, labels: [rate(lane.outPerMinute)], tone: isOff ? 'off' : tone })
}

function addTarget({ nodes, edges }: Graph, own: number, { target }: Flow, health: Health | undefined): void {
  const out = rate(health?.recordsOutPerMinute ?? null)
  if (target.kind === 'cluster') {
    const title = target.alias || 'Target'
    const cluster = nodes.push({ rank: 3, title, lines: ['Cluster', target.servers.join(', ')], tone: 'plain' }) - 1
    edges.push({ from: own, to: cluster, labels: [out], tone: 'plain' })
    return
  }
  const { bucket, prefix, format, isStaged } = target
  const rank = isStaged ? 4 : 3
  const objects =
    nodes.push({ rank, title: bucket, lines: ['Bucket', prefix ? `${prefix}/ ${format}` : format], tone: 'plain' }) - 1
  if (!isStaged) {
    edges.push({ from: own, to: objects, labels: [out], tone: 'plain' })
    return
  }
  const { staged, companions = [] } = health ?? {}
  const compact = companions.find(companion => companion.function === 'compact')
  const oldest = staged?.oldestAgeMs == null ? '' : `oldest ${durationText(staged.oldestAgeMs)}`
  const lines = [staged ? countText(staged.objects, 'batch', 'batches') : 'Batches', oldest]
  const waiting = nodes.push({ rank: 3, title: 'Staged', lines, tone: 'plain' }) - 1
  edges.push({ from: own, to: waiting, labels: [out], tone: 'plain' })
  edges.push({ from: waiting, to: objects, labels: ['compact'], tone: compact?.ok === false ? 'bad' : 'plain' })
}

/** Where records go that fail, or that they stop their partition. */
function addFailures({ nodes, edges }: Graph, own: number, flow: Flow, health: Health | undefined): void {
  const { abnormal, deadLetter, policy } = flow
  const places = [abnormal, deadLetter?.name].filter(place => place !== undefined)
  const { failed24h = null, stops24h = null } = health ?? {}
  const stops = policy === 'fail' && places.length === 0
  const count = stops ? stops24h : failed24h
  const tone = count ? 'bad' : 'off'
  const labels = count === null ? [] : [`${shortNumberText(count)} ${stops ? countWord(count) : 'failed'}`, 'in 24 h']
  const [title = stops ? 'Stop' : 'Log', ...more] = places
  const lines =
    places.length > 0 ? ['Failed records', ...more] : [stops ? 'at a failing record' : 'names failed records']
  const failed = nodes.push({ rank: 3, title, lines, tone }) - 1
  edges.push({ from: own, to: failed, labels, tone })
}

const countWord = (count: number) => (count === 1 ? 'stop' : 'stops')

function rate(perMinute: number | null): string {
  return perMinute === null ? '' : `${shortNumberText(perMinute)} / min`
}

function lanesOf({ topics, pattern }: Flow, health: Health | undefined, most: number): Lane[] {
  const known = health ? health.topics.map(topic => laneOf(topic, health)) : topics.map(unknownLane)
  const all = known.length === 0 && pattern !== null ? [unknownLane(pattern)] : known
  if (all.length <= most) return all
  // What stands still is seen first, then what has most to read.
  const sorted = all.toSorted(
    (one, other) => Number(other.isStopped) - Number(one.isStopped) || (other.lag ?? 0) - (one.lag ?? 0),
  )
  return [...sorted.slice(0, most - 1), joined(sorted.slice(most - 1))]
}

/** A topic, or the pattern of topics, of which nothing is known. */
function unknownLane(title: string): Lane {
  return {
    ...{ title, count: 1, partitions: null, lag: null, inPerMinute: null, outPerMinute: null },
    ...{ isStopped: false, mapping: '…', problem: '', isOff: false },
  }
}

function laneOf(topic: string, { partitions, mappings }: Health): Lane {
  const own = partitions.filter(partition => partition.topic === topic)
  const mapping = mappings.find(mapping => mapping.topic === topic)
  const { state = 'None', lastResult = null } = mapping ?? {}
  return {
    ...{ title: topic, count: 1, partitions: own.length, mapping: state },
    lag: sum(own.map(({ lag }) => lag)),
    inPerMinute: sum(own.map(({ recordsInPerMinute }) => recordsInPerMinute)),
    outPerMinute: sum(own.map(({ recordsOutPerMinute }) => recordsOutPerMinute)),
    isStopped: own.some(({ stopped }) => stopped),
    isOff: state !== 'Enabled',
    problem: lastResult?.startsWith('PROBLEM') ? lastResult.replace('PROBLEM: ', '') : '',
  }
}

function joined(lanes: Lane[]): Lane {
  return {
    ...{ title: `${lanes.length} more`, count: lanes.length, mapping: `${lanes.length} more` },
    partitions: sum(lanes.map(({ partitions }) => partitions)),
    lag: sum(lanes.map(({ lag }) => lag)),
    inPerMinute: sum(lanes.map(({ inPerMinute }) => inPerMinute)),
    outPerMinute: sum(lanes.map(({ outPerMinute }) => outPerMinute)),
    isStopped: lanes.some(({ isStopped }) => isStopped),
    isOff: lanes.every(({ isOff }) => isOff),
    problem: lanes.find(({ problem }) => problem !== '')?.problem ?? '',
  }
}

/** Of what is known; null when nothing is. */
function sum(counts: (number | null)[]): number | null {
  const known = counts.filter(count => count !== null)
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}
