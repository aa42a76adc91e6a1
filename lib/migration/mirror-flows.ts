import type { FoundConnector, FoundSetting, FoundSettings } from './found-connector.ts'

type Settings = FoundConnector['settings']

/** Settings of a client that apply to all clusters. Source: `MirrorMakerConfig`, `clusterProps`. */
const CLIENT = /^(security\.protocol$|sasl\.|ssl\.)/

const FLOW = /^([^.>]+)->([^.]+)\.(.+)$/

/**
 * The flows of a file of MirrorMaker 2, each with the settings that apply to it under the names that a connector’s settings have:
 * `europe.bootstrap.servers` is `source.cluster.bootstrap.servers` of a flow from europe. What is written for a flow goes before
 * what is written for all.
 * Source: Apache Kafka, "Geo-Replication", and `org.apache.kafka.connect.mirror.MirrorMakerConfig`.
 *
 * @returns undefined if the file is none of MirrorMaker 2
 */
export function flowsOf(settings: Settings): FoundSettings | undefined {
  const aliases = (settings.get('clusters')?.value ?? '')
    .split(',')
    .map(alias => alias.trim())
    .filter(alias => alias !== '')
  const named = [...settings.keys()].map(name => FLOW.exec(name)).filter(match => match !== null)
  if (aliases.length === 0 && named.length === 0) return undefined
  const flows = new Map(named.map(([, from = '', to = '']) => [`${from}->${to}`, { from, to }]))
  const enabled = [...flows].filter(([flow]) => settings.get(`${flow}.enabled`)?.value.toLowerCase() === 'true')
  const off = [...flows.keys()].filter(flow => !enabled.some(([name]) => name === flow))
  return {
    connectors: enabled.map(([, { from, to }]) => flowOf(from, to, aliases, settings)),
    remarks: [
      ...off.map(flow => `${flow} is not enabled, so it becomes no connector.`),
      ...(enabled.length === 0 ? ['No flow is enabled: expected a line such as europe->america.enabled = true.'] : []),
    ],
  }
}

function flowOf(from: string, to: string, aliases: string[], settings: Settings): FoundConnector {
  const found: Settings = new Map([
    ['source.cluster.alias', { value: from, original: 'source.cluster.alias' }],
    ['target.cluster.alias', { value: to, original: 'target.cluster.alias' }],
  ])
  // What is written for the flow comes last, so that it is what applies.
  const ranked = [...settings].toSorted(([a], [b]) => Number(FLOW.test(a)) - Number(FLOW.test(b)))
  for (const [name, { value }] of ranked) {
    const own = nameInFlow(name, from, to, aliases)
    if (own !== undefined) found.set(own, { value, original: name } satisfies FoundSetting)
    if (CLIENT.test(name)) addToBoth(found, name, value)
  }
  return { name: `${from}-to-${to}`, settings: found, variablePrefix: `${from}_${to}` }
}

/** A client’s setting that is written without a cluster is one of each cluster that has none of its own. */
function addToBoth(found: Settings, name: string, value: string): void {
  for (const side of ['source', 'target']) {
    const own = `${side}.cluster.${name}`
    if (!found.has(own)) found.set(own, { value, original: name })
  }
}

/** The name of a setting among those of a flow; undefined for what belongs to another flow or cluster. */
function nameInFlow(name: string, from: string, to: string, aliases: string[]): string | undefined {
  const flow = FLOW.exec(name)
  if (flow) return flow[1] === from && flow[2] === to ? flow[3] : undefined
  const alias = [...aliases, from, to].find(alias => name.startsWith(`${alias}.`))
  const rest = alias === undefined ? name : name.slice(alias.length + 1)
  const side = alias === from ? 'source' : alias === to ? 'target' : undefined
  if ((alias !== undefined && side === undefined) || CLIENT.test(name)) return undefined
  return clientName(alias === undefined ? rest : `${side}.${rest}`)
}

/** Names for one client of one cluster, as those of a connector: `target.producer.acks` is `producer.acks`. */
function clientName(name: string): string {
  const [, side, client, setting] =
    /^(?:(source|target)\.)?(consumer|producer|admin)\.(?:override\.)?(.+)$/.exec(name) ?? []
  if (client !== undefined) {
    // The source’s producer and the target’s consumer are those of offset syncs and checkpoints.
    const isMain = client === 'producer' ? side !== 'source' : side !== 'target'
    return isMain ? `${client}.${setting}` : `admin.${name}`
  }
  const [, cluster, rest] = /^(source|target)\.(?!cluster\.)(.+)$/.exec(name) ?? []
  return cluster === undefined ? name : `${cluster}.cluster.${rest}`
}

/** The classes of MirrorMaker 2’s connectors, which share the work for one flow. */
const MIRROR_CLASS = /(^|\.)Mirror(Source|Checkpoint|Heartbeat)Connector$/

/** Connectors of MirrorMaker 2 for the same two clusters as one; others as they are. */
export function mergedMirrors(connectors: FoundConnector[]): FoundConnector[] {
  const isMirror = ({ settings }: FoundConnector) => MIRROR_CLASS.test(settings.get('connector.class')?.value ?? '')
  const pairs = Map.groupBy(connectors.filter(isMirror), ({ settings }) => pairOf(settings))
  const merged = Array.from(pairs, ([name, all]): FoundConnector => {
    return { name, settings: new Map(all.flatMap(({ settings }) => [...settings])), variablePrefix: name }
  })
  return [...merged, ...connectors.filter(connector => !isMirror(connector))]
}

function pairOf(settings: Settings): string {
  const alias = (side: string) => settings.get(`${side}.cluster.alias`)?.value ?? side
  return `${alias('source')}-to-${alias('target')}`
}
