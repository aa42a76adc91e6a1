import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { BatchMemory } from './delivery/batch-memory.ts'
import { createDeadLetter, type EnsureTopic } from './delivery/dead-letter.ts'
import { type Delivery, deliver } from './delivery/deliver.ts'
import type { Logger } from './observability/logger.ts'
import type { FunctionTelemetry } from './observability/telemetry.ts'
import { remainingMs } from './platforms/context.ts'
import { detectPlatform, parseEvent } from './platforms/index.ts'
import type { RecordProducer } from './record.ts'

/** What a function does with Kafka events. */
export interface EventFunction extends Pick<Delivery, 'policy' | 'peer' | 'write' | 'partitionsAtOnce'> {
  logger: Logger
  telemetry: FunctionTelemetry
  /** Names the function in the headers of failed records. */
  connector: string
  /** Topics for failed records. Without a topic or a producer, the log names the records. */
  abnormalDataTopic?: string
  deadLetterTopic?: string
  /** Produces to the cluster of these topics. */
  producer?: RecordProducer
  /** Creates these topics unless they exist. */
  ensureTopic?: EnsureTopic
  partialBatchResponses: boolean
  /** Runs before each event's records are delivered. Its error fails the invocation under any policy. */
  prepare?(): Promise<void>
}

/**
 * What a platform calls with a Kafka event: `handler` of a function.
 *
 * @param event as AWS Lambda, EventBridge Pipes, Azure Functions, Function Compute, FunctionGraph, SCF or Knative send it
 * @param context of the invocation; it tells how long the invocation may run
 * @returns what the platform reads of the result: for Lambda, `batchItemFailures` where `PARTIAL_BATCH_RESPONSES` is `true`
 * @throws CodedError if the platform has to deliver the event again
 * @public
 */
export type EventHandler = (event: unknown, context: unknown) => Promise<unknown>

/** The handler that platforms call: decodes an event, delivers its records under the failure policy, and responds. */
export function createHandler(settings: EventFunction): EventHandler {
  const { logger, telemetry, connector, producer, ensureTopic, prepare, partialBatchResponses } = settings
  const topicFor = (topic?: string) =>
    topic && producer ? createDeadLetter(topic, connector, producer, ensureTopic) : undefined
  const delivery = {
    ...settings,
    abnormalData: topicFor(settings.abnormalDataTopic),
    deadLetter: topicFor(settings.deadLetterTopic),
  }

  const memory = new BatchMemory()
  const handle = async (payload: unknown, context: unknown) => {
    const end = Date.now() + remainingMs(context)
    const event = parseEvent(payload)
    const platform = detectPlatform(event)
    await prepare?.()
    const batches = await telemetry.step('Decode', {}, async () => platform.toBatches(event))
    const results = await deliver(batches, delivery, end - Date.now(), memory)
    return platform.toResponse(results, { partialBatchResponses })
  }

  // `deliver` watches the time itself, and not every platform's context has the method that middy would need.
  const handler = middy(handle, { timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(telemetry.middleware())
  // The middlewares read the context before `handle` can refuse it.
  return (payload, context) => handler(payload, (context ?? {}) as Context)
}
