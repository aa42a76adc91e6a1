import { UnknownTopicError } from '../../kafka/error.ts'
import { createTopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import type { RecordProducer } from '../../record.ts'
import { noMarks, type RedriveMarks } from '../../redrive/marks.ts'
import { createBucketMarks } from '../../redrive/redrive-log.ts'
import { createTopicMarks, redriveMarksTopic } from '../../redrive/topic-marks.ts'
import type { Connector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { ConnectorClusters } from './connector-clusters.ts'
import type { Deployment } from './deployment.ts'
import { openConnector } from './opened-connector.ts'

/** What redrives have done, to be read. */
export interface OpenedMarks extends RedriveMarks {
  close(): Promise<void>
}

/** Marks are only read here. */
const nothing: RecordProducer = { send: async () => undefined }

/**
 * The marks of a connector: in the bucket of a dump, or on the cluster that a replication writes to. Nothing is created.
 *
 * @param report takes a sentence about marks that can't be read
 */
export async function openMarks(
  connector: Connector,
  deployment: Deployment,
  clusters: ConnectorClusters,
  report: (problem: string) => void,
): Promise<OpenedMarks> {
  if (connector.kind === 'dump') {
    const { commits, settings } = await openConnector(connector, deployment)
    return { ...createBucketMarks(commits, settings.keys.prefix), async close() {} }
  }
  const { settings } = clusters
  if (settings.type !== 'replicate') throw new CommandError(`${connector.name} has no target cluster.`)
  const log = createTopicLog(settings.target, `${deployment.functionName(connector)}-failed`)
  const told: Log['warn'] = (...[message]) => report(String(message))
  const logger: Log = { info() {}, warn: told, error: told }
  const { of } = createTopicMarks({
    ...{ topic: redriveMarksTopic(settings.replication.sourceAlias, settings.replication.separator), log },
    ...{ connector: connector.name, producer: nothing, topics: { use: run => run() }, logger },
  })
  return {
    async of(place, topicId) {
      try {
        return await of(place, topicId)
      } catch (error) {
        // Nothing was redriven yet.
        if (error instanceof UnknownTopicError) return noMarks()
        throw error
      }
    },
    close: () => log.close(),
  }
}
