import type { RecordBatch } from '../../batch.ts'
import { addRecord, Batches, topicPartitionOf } from '../batches.ts'
import { textBytes, wholeNumber } from '../fields.ts'
import { allOrNothing, type Platform } from '../platform.ts'

/**
 * One record: text without headers and timestamp.
 *
 * Source: Tencent Cloud, Serverless Cloud Function, "CKafka Trigger Description"; other samples have `Partition`.
 */
interface CkafkaRecord {
  Ckafka: {
    topic?: unknown
    partition?: unknown
    Partition?: unknown
    offset?: unknown
    /** `None`, or empty, when the record has none. */
    msgKey?: unknown
    msgBody?: unknown
  }
}

/** The trigger's text for a missing key: Python's `None`. */
const noKey = ['None', '']

/**
 * Tencent Cloud SCF's trigger for CKafka. An error makes it repeat the batch before it reads on, 10,000 times unless its retry
 * attempts are set.
 */
export const tencent: Platform = {
  title: 'Tencent Cloud SCF (CKafka)',
  matches: event => {
    const records = (event as { Records?: unknown } | null)?.Records
    return Array.isArray(records) && isCkafkaRecord(records[0])
  },
  toBatches: event => toBatches((event as { Records: CkafkaRecord[] }).Records),
  toResponse: allOrNothing,
}

function isCkafkaRecord(record: unknown): record is CkafkaRecord {
  const content = (record as Partial<CkafkaRecord> | null)?.Ckafka
  return typeof content === 'object' && content !== null
}

function toBatches(records: CkafkaRecord[]): RecordBatch[] {
  const batches = new Batches()
  for (const { Ckafka: message } of records) {
    const { topic, msgKey, msgBody } = message
    const record = {
      ...topicPartitionOf(topic, message.partition ?? message.Partition),
      offset: wholeNumber(message.offset),
      timestamp: -1,
      key: noKey.includes(msgKey as string) ? null : textBytes(msgKey),
      value: textBytes(msgBody),
      headers: [],
    }
    addRecord(batches.of(record), record, { key: msgKey, value: msgBody }, 'text')
  }
  return batches.all()
}
