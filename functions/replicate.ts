import { offsetTopics } from '../lib/config/offset-topics.ts'
import { readReplicateSettings, replicateSections } from '../lib/config/replicate.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createEventHandler } from '../lib/event-handler.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { createFailureTopics } from '../lib/kafka/admin/failure-topics.ts'
import { createTopicIds } from '../lib/kafka/admin/topic-id.ts'
import { createProducer } from '../lib/kafka/produce/producer.ts'
import { createTransactions } from '../lib/kafka/produce/transaction.ts'
import { createTopicLog } from '../lib/kafka/read/topic-log.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createTelemetry } from '../lib/observability/telemetry.ts'
import { createExactlyOnceWriter } from '../lib/replication/exactly-once-writer.ts'
import { createTopicFilter } from '../lib/replication/naming/topic-filter.ts'
import { createOffsetSyncs } from '../lib/replication/offsets/offset-sync.ts'
import { createReplicatedOffsets } from '../lib/replication/offsets/replicated-offsets.ts'
import { PARTITIONS_AT_ONCE, type Replication, replicateRecords } from '../lib/replication/replicate.ts'
import { createSettingsFilter } from '../lib/replication/settings-filter.ts'
import { createTargetTopics } from '../lib/replication/target-topics.ts'
import { createTargetWriter } from '../lib/replication/target-writer.ts'

const {
  replication: names,
  records,
  topicSettings,
  offsets,
  failure,
  source,
  target,
} = await readWithSecrets(replicateSections, readReplicateSettings, process.env)
const { connector: clientId, abnormalDataTopic, deadLetterTopic } = failure
const logger = createLogger(failure)
const telemetry = createTelemetry(failure)
for (const warning of names.warnings) logger.warn(warning)
const own = [abnormalDataTopic, deadLetterTopic].filter(topic => topic !== undefined)
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
const writer =
  records.exactlyOnce && offsetSyncs && source
    ? createExactlyOnceWriter({
        connector: clientId,
        transactions: createTransactions(target, producing),
        syncs: offsetSyncs,
        replicated: createReplicatedOffsets(createTopicLog(target, clientId), syncsTopics.mapTopic, logger),
        sourceTopicId: createTopicIds(source, clientId).of,
      })
    : createTargetWriter(createProducer(target, producing), offsetSyncs)
const replication: Replication = {
  ...names,
  partitioner: records.partitioner,
  filter: createTopicFilter({ ...names, mapped: names.mapping.keys(), own }),
  topics: createTargetTopics({
    target: createAdmin(target, clientId),
    source: source && createAdmin(source, clientId),
    replicas: records.replicas,
    settings: createSettingsFilter(topicSettings.exclude),
    logger,
  }),
  writer,
  logger,
  telemetry,
}

/** Produces each record of a Kafka event to the target cluster. */
export const handler = createEventHandler({
  ...failure,
  logger,
  telemetry,
  // Compressed: a record may be within its own topic's limit only because it was compressed there, too.
  producer: source && createProducer(source, { clientId, compression: 'gzip' }),
  ensureTopic:
    source &&
    createFailureTopics(source, {
      ...failure.topics,
      clientId,
      onCreated: topic => logger.info('Topic for failed records created', { ...topic }),
    }),
  peer: `target cluster ${target.brokers.join(', ')}`,
  partitionsAtOnce: PARTITIONS_AT_ONCE,
  prepare: () => replication.topics.verify(),
  write: (records, attempt) => replicateRecords(records, replication, attempt),
})
