import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import { dumpSections, readDumpSettings } from '../lib/config/dump.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { type Dump, writeObjects } from '../lib/dump.ts'
import { createDeadLetter } from '../lib/failure/dead-letter.ts'
import { deliver } from '../lib/failure/policy.ts'
import { createProducer } from '../lib/kafka/producer.ts'
import { createObjectKeys } from '../lib/objects/key.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { createTelemetry } from '../lib/observability/telemetry.ts'
import { remainingMs } from '../lib/platforms/context.ts'
import { detectPlatform, parseEvent } from '../lib/platforms/index.ts'
import { createStore } from '../lib/s3/store.ts'
import { decoderOf } from '../lib/values/index.ts'

const {
  store: storeSettings,
  format,
  schemaRegistry,
  keys,
  failure,
  source,
} = await readWithSecrets(dumpSections, readDumpSettings, process.env)
const { connector, policy, partialBatchResponses, abnormalDataTopic, deadLetterTopic } = failure
const logger = createLogger(failure)
const telemetry = createTelemetry(failure)
const decoder = decoderOf(format.valueFormat, schemaRegistry)
const store = createStore(storeSettings)
const dump: Dump = { format, decoder, keys: createObjectKeys(keys), store, logger, telemetry }
const producer = source && createProducer(source, { clientId: connector })
const topicFor = (topic?: string) => (topic && producer ? createDeadLetter(topic, connector, producer) : undefined)
const delivery = {
  policy,
  logger,
  telemetry,
  abnormalData: topicFor(abnormalDataTopic),
  deadLetter: topicFor(deadLetterTopic),
  write: (records, signal) => writeObjects(records, dump, signal),
} satisfies Parameters<typeof deliver>[1]

/** Writes each topic-partition of a Kafka event as one object of the bucket. */
const handle = async (payload: unknown, context: unknown) => {
  const end = Date.now() + remainingMs(context)
  const event = parseEvent(payload)
  const platform = detectPlatform(event)
  const batches = await telemetry.step('Decode', {}, async () => platform.toBatches(event))
  const results = await deliver(batches, delivery, end - Date.now())
  return platform.toResponse(results, { partialBatchResponses })
}

// `deliver` ends in time by itself, and not each platform's context has what middy would end by.
export const handler = middy(handle, { timeoutEarlyInMillis: 0 })
  .use(injectLambdaContext(logger))
  .use(telemetry.middleware())
