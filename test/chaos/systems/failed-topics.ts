import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { FoundRecord, PutAside } from '../checker/found.ts'
import { readTopics } from './reading.ts'

/** The headers behind a failed record's own, in their order, as docs/failures.md names them. */
const PREFIX = 'kafka-functions.'

/** The records in topics for failed records, with the bytes that they have there. */
export async function readFailedTopics(connection: KafkaSettings, topics: readonly string[]): Promise<PutAside[]> {
  const failed: PutAside[] = []
  for await (const record of readTopics(connection, new Map(topics.map(topic => [topic, topic]))))
    failed.push(failedRecord(record))
  return failed
}

/** @throws when a record doesn't say which one it was */
export function failedRecord({ key, value, headers, place }: FoundRecord): PutAside {
  const first = headers.findIndex(header => header.key === `${PREFIX}topic`)
  const said = new Map(headers.slice(first).map(header => [header.key.slice(PREFIX.length), String(header.value)]))
  const [topic, reason] = [said.get('topic'), said.get('error-code')]
  const [partition, offset, timestamp] = ['partition', 'offset', 'timestamp'].map(name => Number(said.get(name)))
  if (first < 0 || topic === undefined || reason === undefined || partition === undefined || offset === undefined)
    throw new Error(`The failed record at ${place} doesn't say which one it was.`)
  const own = headers.slice(0, first)
  return {
    ...{ topic, partition, offset, reason, place },
    record: { topic, partition, offset, timestamp, key, value, headers: own, place },
  }
}
