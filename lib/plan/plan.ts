import type { Connector } from '../connectors/declaration/connector.ts'
import type { DeployedResource, DeployedTemplate } from '../stack/stack.ts'
import { type Change, isPending, withoutRepeats } from './change.ts'
import { withConsequence } from './consequence.ts'
import { liveChanges } from './live-change.ts'
import { MAPPING, type OwnedResource, ownedResources, topicOf } from './owner.ts'
import { patternChanges } from './pattern-change.ts'
import { isMarkedPaused, type LiveMapping, type PausedConnector, pausedConnectors, pausedResources } from './paused.ts'
import { removedResources, resourceChanges } from './resource-change.ts'
import { type CodeDigests, codeChanges, serviceChanges } from './service-change.ts'

/** What a plan compares. */
export interface Comparison {
  /** The connectors that are declared. */
  connectors: Connector[]
  /** The template that would be deployed. */
  declared: DeployedTemplate
  /** The template that was deployed last; undefined when nothing is deployed. */
  deployed: DeployedTemplate | undefined
  /** The mappings of each connector as they are now, by the connector's name. */
  live: ReadonlyMap<string, LiveMapping[]>
  code: CodeDigests
}

export type ConnectorState = 'new' | 'changed' | 'removed' | 'unchanged'

/** What becomes of one connector. */
export interface ConnectorPlan {
  name: string
  kind: Connector['kind']
  state: ConnectorState
  changes: Change[]
}

/** What a deployment would do. */
export interface Plan {
  connectors: ConnectorPlan[]
  /** What connectors have in common, and the rest of the service. */
  service: Change[]
}

const NOTHING: DeployedTemplate = { Resources: {} }

/** Compares what is declared with what is deployed. Pure: whoever calls it has asked AWS. */
export function planOf({ connectors, declared, deployed = NOTHING, live, code }: Comparison): Plan {
  const paused = pausedConnectors(connectors, live, deployed)
  const resources = { ...declared.Resources, ...pausedResources(declared, deployed, connectors, paused) }
  const before = ownedResources({ Resources: asDeclared(deployed.Resources) })
  const after = ownedResources({ Resources: asDeclared(resources) })
  const names = new Set(connectors.map(({ name }) => name))
  const gone = [...before.connectors.keys()].filter(name => !names.has(name))
  const planned = connectors.map(connector => {
    const parts = [before, after].map(({ connectors }) => connectors.get(connector.name) ?? [])
    return connectorPlan(connector, parts[0] ?? [], parts[1] ?? [], {
      live: live.get(connector.name) ?? [],
      paused: paused.find(({ connector: name }) => name === connector.name),
    })
  })
  const fileOf = (id: string) => [...after.connectors.values()].flat().find(owned => owned.id === id)?.file
  return {
    connectors: [...planned, ...gone.map(name => removedPlan(name, before.connectors.get(name) ?? []))],
    service: [...serviceChanges(before.others, after.others), ...codeChanges(declared, code, fileOf)],
  }
}

/** Mappings that somebody paused count as enabled: their connector is declared so. */
function asDeclared(resources: Record<string, DeployedResource>): Record<string, DeployedResource> {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [
      id,
      isMarkedPaused(resource) ? { ...resource, Properties: { ...resource.Properties, Enabled: true } } : resource,
    ]),
  )
}

function connectorPlan(
  connector: Connector,
  before: OwnedResource[],
  after: OwnedResource[],
  { live, paused }: { live: LiveMapping[]; paused: PausedConnector | undefined },
): ConnectorPlan {
  const { name, kind } = connector
  const isRotating = before.some(({ file }) => file === 'compact')
  const changes = withoutRepeats([
    ...patternChanges(connector, before, after, live),
    ...resourceChanges(before, after, connector),
    ...liveChanges(name, live, paused, { deployed: propertiesByTopic(before), declared: propertiesByTopic(after) }),
  ]).map(change => withConsequence(change, { connector, isRotating }))
  return { name, kind, state: before.length === 0 ? 'new' : changes.some(isPending) ? 'changed' : 'unchanged', changes }
}

function propertiesByTopic(resources: OwnedResource[]): Map<string, Record<string, unknown>> {
  const mappings = resources.filter(({ resource }) => resource.Type === MAPPING)
  return new Map(mappings.map(({ resource }) => [topicOf(resource), resource.Properties ?? {}]))
}

function removedPlan(name: string, before: OwnedResource[]): ConnectorPlan {
  const files = new Set(before.map(({ file }) => file))
  const changes = removedResources(before, [], name)
  const others: Change[] = files.has('reconcile')
    ? [
        {
          mark: 'remove',
          what: 'mappings of its pattern',
          note: 'their consumer groups keep their offsets as long as Kafka keeps them',
        },
      ]
    : []
  return {
    name,
    kind: files.has('replicate') ? 'replicate' : 'dump',
    state: 'removed',
    changes: [...others, ...changes],
  }
}

/** All lines of a plan. */
export function changesOf({ connectors, service }: Plan): Change[] {
  return [...connectors.flatMap(({ changes }) => changes), ...service]
}

/** What can't be done in place, each with its connector. */
export function refusals({ connectors }: Plan): { connector: string; change: Change }[] {
  return connectors.flatMap(({ name, changes }) =>
    changes.filter(({ mark }) => mark === 'refused').map(change => ({ connector: name, change })),
  )
}
