import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { readDumpSettings } from '../lib/config/dump.ts'
import { writeObject } from '../lib/dump.ts'
import { createDeadLetter } from '../lib/failure/dead-letter.ts'
import { deliver } from '../lib/failure/policy.ts'
import { createProducer } from '../lib/kafka/producer.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { detectPlatform } from '../lib/platforms/index.ts'
import { createStore } from '../lib/s3/store.ts'

const { store: storeSettings, objects, failure, source } = readDumpSettings(process.env)
const { connector, policy, partialBatchResponses, abnormalDataTopic, deadLetterTopic } = failure
const logger = createLogger(connector, failure.logLevel)
const store = createStore(storeSettings)
const producer = source && createProducer(source, { clientId: connector })
const topicFor = (topic?: string) => (topic && producer ? createDeadLetter(topic, connector, producer) : undefined)
const delivery = {
  policy,
  logger,
  abnormalData: topicFor(abnormalDataTopic),
  deadLetter: topicFor(deadLetterTopic),
  write: (records, signal) => writeObject(records, objects, store, logger, signal),
} satisfies Parameters<typeof deliver>[1]

/** Writes each topic-partition of a Kafka event as one object of the bucket. */
export const handler = middy(async (event: unknown, context: Context) => {
  const platform = detectPlatform(event)
  const results = await deliver(platform.toBatches(event), delivery, context.getRemainingTimeInMillis())
  return platform.toResponse(results, { partialBatchResponses })
}).use(injectLambdaContext(logger))
