import { isIntrinsic } from '../cloudformation/intrinsic.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { topicsOf } from '../connectors/resources/pattern.ts'
import { parseJson } from '../parse-json.ts'
import type { Change } from './change.ts'
import { mappingChanges } from './mapping-change.ts'
import { MAPPING, type OwnedResource, topicOf } from './owner.ts'
import type { LiveMapping } from './paused.ts'

type Properties = Record<string, unknown>

/** The lines for what `reconcile` would do to the mappings of a pattern, once it is deployed. */
export function patternChanges(
  connector: Connector,
  before: OwnedResource[],
  after: OwnedResource[],
  live: LiveMapping[],
): Change[] {
  const declared = blueprintOf(after)
  if (connector.source.pattern === undefined || !declared) return []
  const deployed = blueprintOf(before)
  const matching = new Set(
    topicsOf(
      connector,
      live.map(({ topic }) => topic),
    ),
  )
  // The stack deletes those that its template had, with lines of their own.
  const ofTemplate = new Set(
    before.filter(({ resource }) => resource.Type === MAPPING).map(owned => topicOf(owned.resource)),
  )
  const leaving = live.filter(
    ({ topic, state }) => !matching.has(topic) && !ofTemplate.has(topic) && state !== 'Disabled',
  )
  return [
    ...(deployed ? [] : [madeLater(connector)]),
    ...(deployed ? mappingChanges(connector, deployed, declared).map(change => ofExisting(change, live.length)) : []),
    ...leaving.map(
      ({ topic }): Change => ({
        mark: 'remove',
        what: `mapping ${topic}`,
        key: 'source.pattern',
        note: 'the pattern no longer matches: reconcile disables it, and its consumer group keeps its offsets',
      }),
    ),
  ]
}

/** Which topics match is known to the cluster only, and the function that asks it is not deployed yet. */
function madeLater({ source: { pattern }, declaration: { enabled } }: Connector): Change {
  return {
    mark: 'add',
    what: `mappings of the topics that match ${pattern}`,
    key: 'source.pattern',
    note: enabled
      ? 'reconcile makes them right after the deployment, and those of new topics every five minutes'
      : 'none are made, as the connector is declared disabled',
  }
}

/**
 * What a change means for mappings that exist. Those settings that Lambda settles when it makes a mapping apply to new topics;
 * another cluster can't be that of a mapping that exists.
 */
function ofExisting(change: Change, count: number): Change {
  if (change.mark !== 'refused') return change
  if (count === 0) return { ...change, mark: 'change', note: undefined }
  const isCluster = /\.(msk|bootstrapServers)$/.test(change.key ?? '')
  return isCluster
    ? change
    : {
        ...change,
        mark: 'caution',
        note: `applies to new topics only: the ${count} mappings that exist keep what they have`,
      }
}

/** The properties of mappings that the function `reconcile` was given. */
function blueprintOf(resources: OwnedResource[]): Properties | undefined {
  const reconcile = resources.find(({ file, suffix }) => file === 'reconcile' && suffix === 'LambdaFunction')
  const environment = reconcile?.resource.Properties?.Environment as { Variables?: Properties } | undefined
  const text = plainText(environment?.Variables?.MAPPING)
  return text === undefined ? undefined : (parseJson(text) as Properties | undefined)
}

/** A text in which CloudFormation functions stand as their JSON. */
function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!isIntrinsic(value) || !('Fn::Join' in value)) return undefined
  const [, parts] = value['Fn::Join'] as [string, unknown[]]
  // They stand between quotes.
  return parts
    .map(part => (typeof part === 'string' ? part : JSON.stringify(JSON.stringify(part)).slice(1, -1)))
    .join('')
}
