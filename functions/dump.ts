import { dumpSections, readDumpSettings } from '../lib/config/dump.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { type Dump, writeObjects } from '../lib/dump.ts'
import { createEventHandler } from '../lib/event-handler.ts'
import { createFailureTopics } from '../lib/kafka/admin/failure-topics.ts'
import { createProducer } from '../lib/kafka/produce/producer.ts'
import { createObjectKeys } from '../lib/objects/key.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createTelemetry } from '../lib/observability/telemetry.ts'
import { storeName } from '../lib/s3/settings.ts'
import { createStore } from '../lib/s3/store.ts'
import { decoderOf } from '../lib/values/index.ts'

const { store, format, schemaRegistry, keys, rotation, failure, source } = await readWithSecrets(
  dumpSections,
  readDumpSettings,
  process.env,
)
const logger = createLogger(failure)
const telemetry = createTelemetry(failure)
const dump: Dump = {
  format,
  decoder: decoderOf(format.valueFormat, schemaRegistry),
  keys: createObjectKeys(keys),
  staging: rotation && { prefix: keys.prefix },
  store: createStore(store),
  storeName: storeName(store),
  logger,
  telemetry,
}

/**
 * Writes the records of a Kafka event to the bucket: per topic-partition one object, or one per path of the partitioner. With
 * rotation, it stages them for the function `compact`.
 */
export const handler = createEventHandler({
  ...failure,
  logger,
  telemetry,
  // Compressed: a record may be within its own topic's limit only because it was compressed there, too.
  producer: source && createProducer(source, { clientId: failure.connector, compression: 'gzip' }),
  ensureTopic:
    source &&
    createFailureTopics(source, {
      ...failure.topics,
      clientId: failure.connector,
      onCreated: topic => logger.info('Topic for failed records created', { ...topic }),
    }),
  // What a write waits for before it writes objects.
  peer: schemaRegistry ? 'schema registry' : dump.storeName,
  write: (records, attempt) => writeObjects(records, dump, attempt),
})
