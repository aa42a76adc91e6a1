import type { DumpDeclaration, ReplicateDeclaration, SourceDeclaration } from './declaration.ts'

/** One function with its mappings: a declared connector, or one of the two of a replication in both directions. */
export type Connector = DumpConnector | ReplicateConnector

interface Common {
  /** Unique in the service; the function's key. */
  name: string
  /** The name under which it is declared: the same for both directions. */
  declared: string
  /** The declaration as it is written, before defaults. It may have secrets: {@link withoutSecrets}. */
  written: unknown
  /** What is read. */
  source: SourceDeclaration
}

export interface DumpConnector extends Common {
  kind: 'dump'
  declaration: DumpDeclaration
}

export interface ReplicateConnector extends Common {
  kind: 'replicate'
  declaration: ReplicateDeclaration
  /** Whether it reads the cluster declared as `to` and writes to the one declared as `source`. */
  reversed: boolean
  /** The cluster that is written to, with the settings of what is written. */
  to: ReplicateDeclaration['to']
}

/** Whether a connector reads the cluster declared as `to` and writes to the one declared as `source`. */
export function isReversed(connector: Connector): boolean {
  return connector.kind === 'replicate' && connector.reversed
}

/**
 * The connectors that a declaration makes: two for a replication in both directions.
 *
 * @param written the declaration before it was read
 */
export function connectorsOf(
  name: string,
  declaration: DumpDeclaration | ReplicateDeclaration,
  written: unknown,
): Connector[] {
  const common = { name, declared: name, written, source: declaration.source }
  if (declaration.type === 'dump') return [{ ...common, kind: 'dump', declaration }]
  const push: ReplicateConnector = { ...common, kind: 'replicate', declaration, reversed: false, to: declaration.to }
  if (declaration.direction === 'push') return [push]
  if (declaration.direction === 'pull') return [reversed(push)]
  return [
    { ...withSourceHeader(push), name: `${name}-push` },
    { ...withSourceHeader(reversed(push)), name: `${name}-pull` },
  ]
}

/** The same topics and settings in the opposite direction. */
function reversed(connector: ReplicateConnector): ReplicateConnector {
  const { source, to } = connector
  return { ...connector, reversed: true, source: { ...source, ...clusterOf(to) }, to: { ...to, ...clusterOf(source) } }
}

/** Adds the source header: without it, two connectors would send each other's records back. */
function withSourceHeader(connector: ReplicateConnector): ReplicateConnector {
  return { ...connector, to: { ...connector.to, addSourceHeader: connector.to.addSourceHeader ?? 'true' } }
}

function clusterOf({
  msk,
  bootstrapServers,
  securityProtocol,
  auth,
  vpc,
  alias,
}: SourceDeclaration | ReplicateDeclaration['to']) {
  return { msk, bootstrapServers, securityProtocol, auth, vpc, alias }
}
