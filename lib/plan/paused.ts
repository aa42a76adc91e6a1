import { logicalName, mappingId } from '../cloudformation/logical-id.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { companionKey, connectorKey } from '../connectors/resources/function-name.ts'
import { pausedTags } from '../lambda/mapping-tag.ts'
import type { DeployedResource, DeployedTemplate } from '../stack/stack.ts'

/** A mapping as it is now. */
export interface LiveMapping {
  topic: string
  /** As Lambda calls it: `Enabled`, `Disabled`, `Disabling` … */
  state: string
  /** Whether `reconcile` disabled it, because its topic is gone or its connector was disabled. */
  isDisabledByReconcile: boolean
  /** Its properties, as Lambda's API names them. */
  properties: Record<string, unknown>
}

/** The topics of a connector that a deployment doesn't resume. */
export interface PausedConnector {
  connector: string
  /** Whether all of its mappings are paused, so that new topics are not read either. */
  isWhole: boolean
  topics: string[]
}

/** Marks a mapping in the template that is disabled because somebody paused it, unlike one that is declared so. */
const MARK = { 'kafka-functions': { paused: true } }

const offStates = ['Disabled', 'Disabling']
const onStates = ['Enabled', 'Enabling', 'Creating']

/** Whether a mapping of a deployed template is disabled, and not because its connector was declared so. */
export function isMarkedPaused({ Metadata }: Pick<DeployedResource, 'Metadata'>): boolean {
  return (Metadata?.['kafka-functions'] as { paused?: boolean } | undefined)?.paused === true
}

/**
 * Tells which connectors somebody has paused, with the command or in AWS's console: their mappings are disabled, and the
 * declaration that was deployed says that they are enabled.
 *
 * @param live the mappings of each connector by its name
 * @param deployed the template that was deployed last; undefined when there is none
 */
export function pausedConnectors(
  connectors: Connector[],
  live: ReadonlyMap<string, LiveMapping[]>,
  deployed: DeployedTemplate | undefined,
): PausedConnector[] {
  return connectors
    .filter(({ declaration }) => declaration.enabled)
    .map(connector => pausedConnector(connector, live.get(connector.name) ?? [], deployed))
    .filter(({ topics }) => topics.length > 0)
}

function pausedConnector(
  connector: Connector,
  live: LiveMapping[],
  deployed: DeployedTemplate | undefined,
): PausedConnector {
  const wasDeclaredOff = ({ topic }: LiveMapping) => {
    const resource = deployed?.Resources[mappingId(connectorKey(connector), topic)]
    return resource?.Properties?.Enabled === false && !isMarkedPaused(resource)
  }
  const paused = live.filter(
    mapping => offStates.includes(mapping.state) && !mapping.isDisabledByReconcile && !wasDeclaredOff(mapping),
  )
  return {
    connector: connector.name,
    isWhole: paused.length > 0 && !live.some(({ state }) => onStates.includes(state)),
    topics: paused.map(({ topic }) => topic).toSorted(),
  }
}

/**
 * The resources of a template that have to differ for paused connectors to stay paused: their mappings are disabled, also those
 * of topics that are new. Where `reconcile` is about to make the first mappings of a pattern, a tag of it says so.
 */
export function pausedResources(
  declared: DeployedTemplate,
  deployed: DeployedTemplate | undefined,
  connectors: Connector[],
  paused: PausedConnector[],
): DeployedTemplate['Resources'] {
  const changed = paused.flatMap(({ connector: name, isWhole, topics }) => {
    const connector = connectors.find(connector => connector.name === name)
    if (!connector) return []
    const declaredTopics = connector.source.topics?.filter(topic => isWhole || topics.includes(topic)) ?? []
    return [
      ...declaredTopics.map(topic => mappingId(connectorKey(connector), topic)).map(id => [id, disabled] as const),
      ...(isWhole ? newReconcile(connector, deployed).map(id => [id, tagged] as const) : []),
    ]
  })
  return Object.fromEntries(
    changed.flatMap(([id, changedBy]) => {
      const resource = declared.Resources[id]
      return resource ? [[id, changedBy(resource)]] : []
    }),
  )
}

function disabled(resource: DeployedResource): DeployedResource {
  return {
    ...resource,
    Metadata: { ...resource.Metadata, ...MARK },
    Properties: { ...resource.Properties, Enabled: false },
  }
}

function tagged(resource: DeployedResource): DeployedResource {
  const own = Object.entries(pausedTags).map(([Key, Value]) => ({ Key, Value }))
  const Tags = [...((resource.Properties?.Tags as object[] | undefined) ?? []), ...own]
  return { ...resource, Properties: { ...resource.Properties, Tags } }
}

/** The function `reconcile` of a connector that had none so far. */
function newReconcile(connector: Connector, deployed: DeployedTemplate | undefined): string[] {
  if (connector.source.pattern === undefined) return []
  const id = `${logicalName(companionKey(connector, 'reconcile'))}LambdaFunction`
  return deployed?.Resources[id] ? [] : [id]
}
