import { offsetTopics } from '../../config/offset-topics.ts'
import type { Dump } from '../../dump.ts'
import { createDumpedRecords } from '../../dumped/create-dumped-records.ts'
import { layouts } from '../../dumped/layouts/index.ts'
import { createAdmin } from '../../kafka/admin/admin.ts'
import { createTopicIds } from '../../kafka/admin/topic-id.ts'
import { createProducer } from '../../kafka/produce/producer.ts'
import { createTransactions } from '../../kafka/produce/transaction.ts'
import { createTopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import { noTelemetry } from '../../observability/telemetry.ts'
import { createObjectRedriver } from '../../redrive/object-redriver.ts'
import { createPresentRecords } from '../../redrive/present-records.ts'
import type { FetchFailed, Redriver } from '../../redrive/redriver.ts'
import { createReplicaRedriver } from '../../redrive/replica-redriver.ts'
import { createTopicMarks, redriveMarksTopic } from '../../redrive/topic-marks.ts'
import { createExactlyOnceWriter } from '../../replication/exactly-once-writer.ts'
import { createTopicFilter } from '../../replication/naming/topic-filter.ts'
import { createOffsetSyncs } from '../../replication/offsets/offset-sync.ts'
import { createInternalTopics } from '../../replication/offsets/offset-sync-topics.ts'
import { createReplicatedOffsets } from '../../replication/offsets/replicated-offsets.ts'
import { createSettingsFilter } from '../../replication/settings-filter.ts'
import { createTargetTopics } from '../../replication/target-topics.ts'
import { storeName } from '../../s3/settings.ts'
import { decoderOf } from '../../values/index.ts'
import type { Connector, DumpConnector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { ConnectorClusters } from './connector-clusters.ts'
import type { Deployment } from './deployment.ts'
import { openConnector } from './opened-connector.ts'

export interface OpenedRedriver {
  redriver: Redriver
  close(): Promise<void>
}

export interface RedriverAsked {
  connector: Connector
  deployment: Deployment
  clusters: ConnectorClusters
  fetch: FetchFailed
  logger: Log
}

/** Opens what does a connector's records again, in this process, with the settings of its function. */
export async function openRedriver(asked: RedriverAsked): Promise<OpenedRedriver> {
  const { connector } = asked
  return connector.kind === 'dump' ? await openForObjects(connector, asked) : openForReplicas(asked)
}

async function openForObjects(
  connector: DumpConnector,
  { deployment, clusters, fetch, logger }: RedriverAsked,
): Promise<OpenedRedriver> {
  const { settings } = clusters
  if (settings.type !== 'dump') throw new CommandError(`${connector.name} has no bucket.`)
  const { commits, keys, settings: opened } = await openConnector(connector, deployment)
  const { prefix } = opened.keys
  const { format, schemaRegistry, rotation } = settings
  const dump: Dump = {
    ...{ format, keys, store: commits, storeName: storeName(opened.store), logger, telemetry: noTelemetry },
    decoder: decoderOf(format.valueFormat, schemaRegistry),
    staging: rotation && { prefix },
  }
  const template = clusters.environment.OBJECT_KEY_TEMPLATE || undefined
  const layout = layouts['kafka-functions'].create({ prefix, template })
  const dumped = createDumpedRecords([{ store: commits, prefix, layout }])
  // Objects with nothing but values don't tell which records they have.
  const present = format.format === 'raw' ? { of: async () => [] } : createPresentRecords(dumped)
  const redriver = createObjectRedriver({ dump, store: commits, prefix, present, fetch, now: Date.now })
  return { redriver, close: () => dumped.close() }
}

function openForReplicas({ connector, deployment, clusters, logger }: RedriverAsked): OpenedRedriver {
  const { settings, source } = clusters
  if (settings.type !== 'replicate') throw new CommandError(`${connector.name} has no target cluster.`)
  const { replication: names, records, target, offsets, failure } = settings
  const clientId = `${deployment.functionName(connector)}-redrive`
  const admin = createAdmin(target, clientId)
  const producer = createProducer(target, { clientId })
  const transactions = createTransactions(target, { clientId, compression: records.compression })
  const log = createTopicLog(target, clientId)
  const ids = createTopicIds(source, clientId)
  // What is written at least once has a map that doesn't say what is there, so what was redriven has one of its own.
  const alias = records.exactlyOnce ? names.sourceAlias : `redriven-${connector.name}`
  const syncsTopics = offsetTopics('target', { ...names, sourceAlias: alias })
  const { replicas } = offsets
  const own = [failure.abnormalDataTopic, failure.deadLetterTopic].filter(topic => topic !== undefined)
  const marksTopic = redriveMarksTopic(names.sourceAlias, names.separator)
  const redriver = createReplicaRedriver({
    peer: `target cluster ${target.brokers.join(', ')}`,
    now: Date.now,
    marks: createTopicMarks({
      ...{ topic: marksTopic, connector: connector.name, log, producer, logger },
      topics: createInternalTopics(admin, [marksTopic], replicas),
    }),
    replication: {
      ...names,
      partitioner: records.partitioner,
      filter: createTopicFilter({ ...names, mapped: names.mapping.keys(), own }),
      topics: createTargetTopics({
        ...{ target: admin, source: createAdmin(source, clientId), replicas: records.replicas, logger },
        settings: createSettingsFilter(settings.topicSettings.exclude),
      }),
      writer: createExactlyOnceWriter({
        // The id of the function's own transactions: each of the two notices what the other one has committed.
        connector: records.exactlyOnce ? failure.connector : `${failure.connector}-redrive`,
        transactions,
        syncs: createOffsetSyncs({ ...syncsTopics, replicas, admin, producer, late: true }),
        replicated: createReplicatedOffsets(log, syncsTopics.mapTopic, logger),
        sourceTopicId: ids.of,
      }),
      ...{ logger, telemetry: noTelemetry },
    },
  })
  return {
    redriver,
    async close() {
      await Promise.all([producer.close(), transactions.close(), log.close(), ids.close()])
    },
  }
}
