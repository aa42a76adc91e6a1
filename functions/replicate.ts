import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { offsetTopics } from '../lib/config/offset-topics.ts'
import { readReplicateSettings, replicateSections } from '../lib/config/replicate.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { createDeadLetter } from '../lib/failure/dead-letter.ts'
import { deliver } from '../lib/failure/policy.ts'
import { createAdmin } from '../lib/kafka/admin.ts'
import { createProducer } from '../lib/kafka/producer.ts'
import { createTopicIds } from '../lib/kafka/topic-id.ts'
import { createTopicLog } from '../lib/kafka/topic-log.ts'
import { createTransactions } from '../lib/kafka/transaction.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createTelemetry } from '../lib/observability/telemetry.ts'
import { remainingMs } from '../lib/platforms/context.ts'
import { detectPlatform, parseEvent } from '../lib/platforms/index.ts'
import { type Replication, replicateRecords } from '../lib/replicate.ts'
import { createExactlyOnceWriter } from '../lib/replication/exactly-once-writer.ts'
import { createOffsetSyncs } from '../lib/replication/offset-sync.ts'
import { createReplicatedOffsets } from '../lib/replication/replicated-offsets.ts'
import { createTargetTopics } from '../lib/replication/target-topics.ts'
import { createTargetWriter } from '../lib/replication/target-writer.ts'
import { createTopicFilter } from '../lib/replication/topic-filter.ts'

const {
  replication: names,
  records,
  offsets,
  failure,
  source,
  target,
} = await readWithSecrets(replicateSections, readReplicateSettings, process.env)
const { connector: clientId, policy, partialBatchResponses, abnormalDataTopic, deadLetterTopic } = failure
const logger = createLogger(failure)
const telemetry = createTelemetry(failure)
for (const warning of names.warnings) logger.warn(warning)
const own = [abnormalDataTopic, deadLetterTopic].filter(topic => topic !== undefined)
const syncsCluster = offsets.location === 'source' ? source : target
const syncsTopics = offsetTopics(offsets.location, names)
// Other partitioners scatter a source partition, so there is no one position to go on from.
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
        sourceTopicId: createTopicIds(source, clientId),
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
    logger,
  }),
  writer,
  logger,
  telemetry,
}
const sourceProducer = source && createProducer(source, { clientId })
const topicFor = (topic?: string) =>
  topic && sourceProducer ? createDeadLetter(topic, clientId, sourceProducer) : undefined
const delivery = {
  policy,
  logger,
  telemetry,
  abnormalData: topicFor(abnormalDataTopic),
  deadLetter: topicFor(deadLetterTopic),
  write: (records, _, deadline) => replicateRecords(records, replication, deadline),
} satisfies Parameters<typeof deliver>[1]

/** Produces each record of a Kafka event to the target cluster. */
const handle = async (payload: unknown, context: unknown) => {
  const end = Date.now() + remainingMs(context)
  const event = parseEvent(payload)
  const platform = detectPlatform(event)
  await replication.topics.verify()
  const batches = await telemetry.step('Decode', {}, async () => platform.toBatches(event))
  const results = await deliver(batches, delivery, end - Date.now())
  return platform.toResponse(results, { partialBatchResponses })
}

// `deliver` ends in time by itself, and not each platform's context has what middy would end by.
export const handler = middy(handle, { timeoutEarlyInMillis: 0 })
  .use(injectLambdaContext(logger))
  .use(telemetry.middleware())
