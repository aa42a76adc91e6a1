import type { readEventHandlerSettings } from '../config/event-handler.ts'
import type { EnsureTopic } from '../delivery/dead-letter.ts'
import type { EventFunction } from '../event-handler.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { createTelemetry } from '../observability/telemetry.ts'
import type { RecordProducer } from '../record.ts'

/** What all functions have that receive the records of Kafka events: everything but the write. */
export type Receiver = Omit<EventFunction, 'peer' | 'write' | 'prepare' | 'partitionsAtOnce'>

type Settings = ReturnType<typeof readEventHandlerSettings>
type Source = NonNullable<Settings['source']>

export function createReceiver({ failure, source }: Settings): Receiver {
  const logger = createLogger(failure)
  return {
    ...failure,
    logger,
    telemetry: createTelemetry(failure),
    producer: source && createProducerOnUse(source, failure),
    ensureTopic: source && createTopicsOnUse(source, failure, logger),
  }
}

/** Sends failed records, and loads what sends them with the first: most functions never have any. */
function createProducerOnUse(source: Source, { connector: clientId }: Settings['failure']): RecordProducer {
  let created: Promise<RecordProducer> | undefined
  const create = async () => {
    const { createProducer } = await import('../kafka/produce/producer.ts')
    // Compressed: a record may be within its own topic's limit only because it was compressed there, too.
    return createProducer(source, { clientId, compression: 'gzip' })
  }
  return {
    async send(...parts) {
      created ??= create()
      return (await created).send(...parts)
    },
  }
}

function createTopicsOnUse(source: Source, failure: Settings['failure'], logger: Logger): EnsureTopic {
  return async (...parts) => {
    const { createFailureTopics } = await import('../kafka/admin/failure-topics.ts')
    const ensureTopic = createFailureTopics(source, {
      ...failure.topics,
      clientId: failure.connector,
      onCreated: topic => logger.info('Topic for failed records created', { ...topic }),
    })
    await ensureTopic(...parts)
  }
}
