import { offsetTopics } from '../config/offset-topics.ts'
import { readReplicateSettings, replicateSections } from '../config/replicate.ts'
import { readWithSecrets } from '../config/secrets.ts'
import { createHandler, type EventHandler } from '../event-handler.ts'
import { createAdmin } from '../kafka/admin/admin.ts'
import { createTopicIds } from '../kafka/admin/topic-id.ts'
import { createProducer } from '../kafka/produce/producer.ts'
import { createTransactions } from '../kafka/produce/transaction.ts'
import { createTopicLog } from '../kafka/read/topic-log.ts'
import type { Logger } from '../observability/logger.ts'
import { createExactlyOnceWriter } from '../replication/exactly-once-writer.ts'
import { createTopicFilter } from '../replication/naming/topic-filter.ts'
import { createOffsetSyncs } from '../replication/offsets/offset-sync.ts'
import { createReplicatedOffsets } from '../replication/offsets/replicated-offsets.ts'
import { PARTITIONS_AT_ONCE, type Replication, replicateRecords } from '../replication/replicate.ts'
import { createSettingsFilter } from '../replication/settings-filter.ts'
import { createTargetTopics } from '../replication/target-topics.ts'
import { createTargetWriter } from '../replication/target-writer.ts'
import { environmentWith } from './environment.ts'
import { createReceiver } from './receiver.ts'
import type { ReplicateVariables } from './variables/index.ts'

/**
 * The handler of the function `replicate`: produces each record of a Kafka event to another cluster.
 *
 * @param variables settings that differ from the environment's: the variables of `replicate` in docs/variables.md
 * @returns the handler, which can be wrapped by middlewares
 * @throws CodedError `CONFIG_INVALID` with every variable that is missing or wrong, `SECRET_UNREADABLE`
 *
 * @example
 * ```ts
 * import { createReplicate } from 'kafka-functions'
 *
 * export const handler = await createReplicate()
 * ```
 *
 * @public
 */
export async function createReplicate(variables: ReplicateVariables = {}): Promise<EventHandler> {
  const settings = await readWithSecrets(replicateSections, readReplicateSettings, environmentWith(variables))
  const receiver = createReceiver(settings)
  for (const warning of settings.replication.warnings) receiver.logger.warn(warning)
  const replication = createReplication(settings, receiver)
  return createHandler({
    ...receiver,
    peer: `target cluster ${settings.target.brokers.join(', ')}`,
    partitionsAtOnce: PARTITIONS_AT_ONCE,
    prepare: () => replication.topics.verify(),
    write: (records, attempt) => replicateRecords(records, replication, attempt),
  })
}

type Settings = ReturnType<typeof readReplicateSettings>

function createReplication(
  settings: Settings,
  parts: Pick<Replication, 'telemetry'> & { logger: Logger },
): Replication {
  const { replication: names, records, topicSettings, failure, source, target } = settings
  const { connector: clientId, abnormalDataTopic, deadLetterTopic } = failure
  const own = [abnormalDataTopic, deadLetterTopic].filter(topic => topic !== undefined)
  return {
    ...names,
    partitioner: records.partitioner,
    filter: createTopicFilter({ ...names, mapped: names.mapping.keys(), own }),
    topics: createTargetTopics({
      target: createAdmin(target, clientId),
      source: source && createAdmin(source, clientId),
      replicas: records.replicas,
      settings: createSettingsFilter(topicSettings.exclude),
      logger: parts.logger,
    }),
    writer: createWriter(settings, parts.logger),
    logger: parts.logger,
    telemetry: parts.telemetry,
  }
}

function createWriter({ replication: names, records, offsets, failure, source, target }: Settings, logger: Logger) {
  const { connector: clientId } = failure
  const syncsCluster = offsets.location === 'source' ? source : target
  const syncsTopics = offsetTopics(offsets.location, names)
  // Other partitioners scatter a source partition over the target, so that no single position could be translated.
  const offsetSyncs =
    syncsCluster && records.partitioner === 'same'
      ? createOffsetSyncs({
          ...syncsTopics,
          replicas: offsets.replicas,
          admin: createAdmin(syncsCluster, clientId),
          producer: createProducer(syncsCluster, { clientId }),
        })
      : undefined
  const producing = { clientId, compression: records.compression }
  if (!records.exactlyOnce || !offsetSyncs || !source)
    return createTargetWriter(createProducer(target, producing), offsetSyncs)
  return createExactlyOnceWriter({
    connector: clientId,
    transactions: createTransactions(target, producing),
    syncs: offsetSyncs,
    replicated: createReplicatedOffsets(createTopicLog(target, clientId), syncsTopics.mapTopic, logger),
    sourceTopicId: createTopicIds(source, clientId).of,
  })
}
