import type { CodedError } from '../error.ts'
import type { KafkaRecord, RecordHeader } from '../record.ts'

/** The headers that a dead letter adds behind the record's own. {@link parseLetter} reads them. */
export const deadLetterHeaders = {
  topic: 'kafka-functions.topic',
  partition: 'kafka-functions.partition',
  offset: 'kafka-functions.offset',
  errorCode: 'kafka-functions.error-code',
  connector: 'kafka-functions.connector',
  /** Milliseconds since the epoch. */
  failedAt: 'kafka-functions.failed-at',
  /** Present if the platform has taken the schema's id out of the value. */
  valueSchemaId: 'kafka-functions.value-schema-id',
  /** Milliseconds since the epoch. Present if the platform gives no timestamp. */
  eventTime: 'kafka-functions.event-time',
  /**
   * The record's own, in milliseconds since the epoch; that of the letter is another one if the topic did not accept it, or sets
   * timestamps itself.
   */
  timestamp: 'kafka-functions.timestamp',
} as const

/** Headers that every dead letter has, in this order; the others follow them. Earlier versions wrote only `timestamp` of them. */
const ALWAYS = ['topic', 'partition', 'offset', 'errorCode', 'connector'] as const
const SOMETIMES = ['failedAt', 'valueSchemaId', 'eventTime', 'timestamp'] as const

/** What a dead letter says: the record as it was, why it failed, and when. */
export interface Letter {
  record: KafkaRecord
  errorCode: string
  connector: string
  /** When it failed, in milliseconds since the epoch; undefined in letters of versions that did not tell it. */
  failedAt?: number
}

/** The headers that say where a record came from, and why it is put aside. */
export function provenance(record: KafkaRecord, error: CodedError, connector: string, failedAt: number) {
  const { topic, partition, offset, valueSchemaId, eventTime, timestamp } = record
  const place = { topic, partition, offset, errorCode: error.code, connector }
  const texts = { ...place, failedAt, valueSchemaId, eventTime, timestamp }
  return Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [header(deadLetterHeaders[name as keyof typeof texts], text)],
  )
}

function header(key: string, value: string | number): RecordHeader {
  return { key, value: Buffer.from(String(value)) }
}

/**
 * Reads a dead letter: the record as it was put aside. Only the last headers are ours. A record may have brought such headers
 * itself, when it comes from another connector's topic for failed records.
 *
 * @param stored a record of a topic for failed records
 * @returns undefined when it is no dead letter
 */
export function parseLetter(stored: KafkaRecord): Letter | undefined {
  const { headers } = stored
  const said: Partial<Record<keyof typeof deadLetterHeaders, string>> = {}
  let left = headers.length
  const take = (name: keyof typeof deadLetterHeaders) => {
    const { key, value } = headers[left - 1] ?? {}
    if (key !== deadLetterHeaders[name] || !value) return false
    said[name] = value.toString()
    left -= 1
    return true
  }
  for (const name of SOMETIMES.toReversed()) take(name)
  if (!ALWAYS.toReversed().every(take)) return undefined
  const { topic = '', errorCode = '', connector = '', valueSchemaId } = said
  const [partition, offset, failedAt, eventTime, timestamp] = [
    ...[said.partition, said.offset, said.failedAt, said.eventTime, said.timestamp].map(numberOf),
  ]
  if (partition === undefined || offset === undefined) return undefined
  const record: KafkaRecord = {
    ...{ topic, partition, offset, timestamp: timestamp ?? stored.timestamp },
    ...{ key: stored.key, value: stored.value, headers: headers.slice(0, left) },
  }
  if (valueSchemaId !== undefined) record.valueSchemaId = valueSchemaId
  if (eventTime !== undefined) record.eventTime = eventTime
  return { record, errorCode, connector, ...(failedAt !== undefined && { failedAt }) }
}

function numberOf(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}
