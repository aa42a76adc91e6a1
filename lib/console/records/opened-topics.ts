import { CommandError, connectorNamed } from '../../connectors/commands/command.ts'
import { type ConnectorClusters, connectorClusters } from '../../connectors/commands/connector-clusters.ts'
import type { Connector } from '../../connectors/declaration/connector.ts'
import { createPartitionRecords, type PartitionRecords } from '../../kafka/read/partition-records.ts'
import { decoderOf } from '../../values/index.ts'
import type { ValueDecoder } from '../../values/value.ts'
import type { ClusterRole } from '../api/index.ts'
import type { ConsoleContext } from '../context.ts'
import type { Closable } from '../kept-open.ts'

/** The clusters of a connector, to look at their topics. */
export interface OpenedTopics extends Closable {
  connector: Connector
  settings: ConnectorClusters['settings']
  /** A dump has no target. */
  readers: Partial<Record<ClusterRole, PartitionRecords>>
  /** Loads what decodes values before they go into an object; absent when they go there as they are. */
  decoder?: () => Promise<ValueDecoder>
}

/** How long a request to a cluster is tried, in milliseconds: a person is waiting, and the page repeats the question. */
const PATIENCE_MS = 10_000

/** Uses the clusters of a connector, whose connections stay open for the next question. */
export function useTopics<R>(
  { service, open }: ConsoleContext,
  name: string,
  use: (opened: OpenedTopics) => Promise<R>,
): Promise<R> {
  const connector = connectorNamed(name, service.connectors)
  // A declaration may change while the service runs on a laptop.
  const key = `topics of ${JSON.stringify(connector)}`
  return open.use(key, () => openTopics(connector, service.deployment), use)
}

async function openTopics(
  connector: Connector,
  deployment: ConsoleContext['service']['deployment'],
): Promise<OpenedTopics> {
  const { settings, source } = await connectorClusters(connector, deployment)
  const clientId = `${deployment.functionName(connector)}-console`
  const readers: OpenedTopics['readers'] = {
    source: createPartitionRecords(source, clientId, PATIENCE_MS),
    ...(settings.type === 'replicate' && { target: createPartitionRecords(settings.target, clientId, PATIENCE_MS) }),
  }
  return {
    ...{ connector, settings, readers },
    decoder: settings.type === 'dump' ? decoderOf(settings.format.valueFormat, settings.schemaRegistry) : undefined,
    async close() {
      await Promise.all(Object.values(readers).map(reader => reader.close()))
    },
  }
}

/** Those of a cluster. @throws CommandError when the connector has no such cluster */
export function readerOf({ connector, readers }: OpenedTopics, cluster: ClusterRole = 'source'): PartitionRecords {
  const reader = readers[cluster]
  if (reader) return reader
  throw new CommandError(`${connector.name} is a dump, so it has no target cluster.`)
}
