import { CodedError } from '../error.ts'
import type { KafkaRecord, RecordHeader, RecordProducer } from '../record.ts'

/** A record that did not reach the store or target, and the reason. */
export interface FailedRecord {
  record: KafkaRecord
  error: CodedError
}

/** A topic that receives failed records. */
export interface DeadLetter {
  topic: string
  /**
   * Sends the records to the topic and returns when the cluster has answered for all of them.
   *
   * @param deadline in milliseconds since the epoch
   * @returns the records that the topic refuses for good, each with the error of the refusal; the others are stored
   * @throws CodedError `DEAD_LETTER_UNREACHABLE`
   */
  put(failed: FailedRecord[], deadline: number): Promise<FailedRecord[]>
}

/** The headers that a dead letter adds after the record's own. `redrive` reads them. */
export const deadLetterHeaders = {
  topic: 'kafka-functions.topic',
  partition: 'kafka-functions.partition',
  offset: 'kafka-functions.offset',
  errorCode: 'kafka-functions.error-code',
  connector: 'kafka-functions.connector',
} as const

/** A dead letter whose records keep key, value, headers and timestamp, and state in headers where they came from and why. */
export function createDeadLetter(topic: string, connector: string, producer: RecordProducer): DeadLetter {
  return {
    topic,
    async put(failed, deadline) {
      const records = failed.map(({ record, error }) => ({
        key: record.key,
        value: record.value,
        headers: [...record.headers, ...provenance(record, error, connector)],
        timestamp: record.timestamp,
      }))
      await producer.send(topic, records, deadline).catch(cause => {
        const first = failed[0]?.record
        const message = `${failed.length} failed records could not be put into the topic ${topic}: ${cause.message}`
        throw new CodedError('DEAD_LETTER_UNREACHABLE', message, {
          cause,
          retryable: true,
          topic: first?.topic,
          partition: first?.partition,
          offset: first?.offset,
        })
      })
      return []
    },
  }
}

function provenance(record: KafkaRecord, error: CodedError, connector: string): RecordHeader[] {
  const header = (key: string, value: string | number) => ({ key, value: Buffer.from(String(value)) })
  return [
    header(deadLetterHeaders.topic, record.topic),
    header(deadLetterHeaders.partition, record.partition),
    header(deadLetterHeaders.offset, record.offset),
    header(deadLetterHeaders.errorCode, error.code),
    header(deadLetterHeaders.connector, connector),
  ]
}
