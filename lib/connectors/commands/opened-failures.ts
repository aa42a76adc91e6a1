import { createGroupOffsets } from '../../kafka/admin/group-offsets.ts'
import { createTopicIds } from '../../kafka/admin/topic-id.ts'
import { createPartitionRecords } from '../../kafka/read/partition-records.ts'
import type { Failures } from '../../redrive/failures.ts'
import type { RedriveMarks } from '../../redrive/marks.ts'
import type { Connector } from '../declaration/connector.ts'
import { consumerGroup } from '../resources/mapping.ts'
import type { ConnectorClusters } from './connector-clusters.ts'
import type { Deployment } from './deployment.ts'
import { type FailedPlaces, openSources } from './failure-sources.ts'
import type { Progress } from './progress-line.ts'
import { ReadingProgress } from './reading-progress.ts'

export interface OpenedFailures extends Failures {
  /** Shows no more of how far the reading is. */
  endProgress(): void
  close(): Promise<void>
}

export interface FailuresAsked extends FailedPlaces {
  /** Where it shows how far the reading is. */
  progress: Progress
  connector: Connector
  deployment: Deployment
  clusters: ConnectorClusters
  marks: RedriveMarks
}

/** How long the cluster is asked for a topic's id. */
const PATIENCE_MS = 30_000

/** Opens all places that know of a connector's failed records, for a command. Connections are made when they are first needed. */
export async function openFailures(asked: FailuresAsked): Promise<OpenedFailures> {
  const { connector, deployment, clusters, marks } = asked
  const clientId = `${deployment.functionName(connector)}-failed`
  const progress = new ReadingProgress(asked.progress)
  const kafka = progress.ofTopics(createPartitionRecords(clusters.source, clientId))
  const groups = createGroupOffsets(clusters.source, clientId)
  const ids = createTopicIds(clusters.source, clientId)
  return {
    connector: connector.name,
    sources: await openSources(asked, kafka),
    kafka,
    topicId: topic => ids.of(topic, Date.now() + PATIENCE_MS),
    async committed(topic) {
      const group = consumerGroup(connector, topic, deployment.service)
      const positions = (await groups.committed([group])).get(group) ?? []
      const own = positions.filter(position => position.topic === topic)
      return new Map(own.map(({ partition, offset }) => [partition, offset]))
    },
    marks,
    ...reservations(connector),
    endProgress: () => progress.end(),
    async close() {
      progress.end()
      await Promise.all([kafka.close(), groups.close(), ids.close()])
    },
  }
}

/** What the mapping does to records before the function has them, which nobody does here. */
function reservations({ source }: Connector): Pick<Failures, 'unlike' | 'inexact'> {
  return {
    unlike: source.schemaRegistry
      ? 'Only Kafka has them, and the mapping decodes values with its schema registry, so they would not be as the trigger delivers them.'
      : undefined,
    inexact: source.filters
      ? 'The document names only the first and the last record, and the mapping filters what lies between them.'
      : undefined,
  }
}
