import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { createProducer } from '../../kafka/produce/producer.ts'
import type { OutgoingRecord } from '../../record.ts'
import { RefusedRecordsError } from '../../refused-records.ts'
import type { Destination, DiscardedEvent } from './discarded.ts'
import { type Origin, topicRecord } from './invocation-record.ts'

/** How long writing what was given up may take, in milliseconds. */
const PRODUCE_MS = 30_000

/** A Kafka topic of the same cluster. Each record becomes a document with the record's key, so that it keeps its partition. */
export function openTopic(topic: string, connection: KafkaSettings, origin: Origin): Destination {
  const producer = createProducer(connection, { clientId: origin.functionName })
  const send = (records: OutgoingRecord[]) => producer.send(topic, records, Date.now() + PRODUCE_MS)

  return {
    name: `the topic ${topic}`,
    async put(discarded) {
      const events = [...discarded.singles()]
      const documents = events.map(event => topicRecord(origin, discarded, event))
      const records = events.map((event, index) => toOutgoing(event, withPayload(documents[index] ?? {}, event)))
      try {
        await send(records)
      } catch (error) {
        const tooLarge = indexesOfTooLarge(error)
        if (!tooLarge) throw error
        // The topic takes no message of this size. Without the event, the document still says which record it is.
        await send(
          records.map((record, index) =>
            tooLarge.has(index) ? { ...record, value: Buffer.from(JSON.stringify(documents[index])) } : record,
          ),
        )
      }
    },
    close: () => producer.close(),
  }
}

/** The documents that exceed the topic's limit; undefined for any other error. */
function indexesOfTooLarge(error: unknown): Set<number> | undefined {
  if (!(error instanceof RefusedRecordsError)) return undefined
  if (error.refused.some(({ error }) => error.code !== 'KAFKA_RECORD_TOO_LARGE')) return undefined
  return new Set(error.refused.map(({ index }) => index))
}

/** The event is text already, and can be large, so it isn't parsed to be written again. */
function withPayload(document: object, event: DiscardedEvent): string {
  return `${JSON.stringify(document).slice(0, -1)},"payload":${event.payload()}}`
}

function toOutgoing(event: DiscardedEvent, value: string): OutgoingRecord {
  const key = event.partitions()[0]?.records[0]?.key ?? null
  return { key, value: Buffer.from(value), headers: [], timestamp: Date.now() }
}
