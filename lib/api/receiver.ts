import type { readEventHandlerSettings } from '../config/event-handler.ts'
import type { EventFunction } from '../event-handler.ts'
import { createFailureTopics } from '../kafka/admin/failure-topics.ts'
import { createProducer } from '../kafka/produce/producer.ts'
import { createLogger } from '../observability/logger.ts'
import { createTelemetry } from '../observability/telemetry.ts'

/** What all functions have that receive the records of Kafka events: everything but the write. */
export type Receiver = Omit<EventFunction, 'peer' | 'write' | 'prepare' | 'partitionsAtOnce'>

export function createReceiver({ failure, source }: ReturnType<typeof readEventHandlerSettings>): Receiver {
  const { connector: clientId } = failure
  const logger = createLogger(failure)
  return {
    ...failure,
    logger,
    telemetry: createTelemetry(failure),
    // Compressed: a record may be within its own topic's limit only because it was compressed there, too.
    producer: source && createProducer(source, { clientId, compression: 'gzip' }),
    ensureTopic:
      source &&
      createFailureTopics(source, {
        ...failure.topics,
        clientId,
        onCreated: topic => logger.info('Topic for failed records created', { ...topic }),
      }),
  }
}
