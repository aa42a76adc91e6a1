import type { RecordBatch } from '../../batch.ts'
import { Batches } from '../batches.ts'
import { fieldsOf, firstObject, partitionNumber, textBytes, topicName, wholeNumber } from '../fields.ts'
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
    const records = fieldsOf(event)?.Records
    return Array.isArray(records) && isCkafkaRecord(firstObject(records))
  },
  toBatches: event => toBatches((event as { Records: unknown[] }).Records),
  toResponse: allOrNothing,
}

function isCkafkaRecord(record: unknown): record is CkafkaRecord {
  return fieldsOf(fieldsOf(record)?.Ckafka) !== undefined
}

function toBatches(records: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const element of records) {
    if (!isCkafkaRecord(element)) {
      batches.addMalformed(element)
      continue
    }
    const { Ckafka: message } = element
    const { topic, msgKey, msgBody } = message
    const record = {
      topic: topicName(topic),
      partition: partitionNumber(message.partition ?? message.Partition),
      offset: wholeNumber(message.offset),
      timestamp: -1,
      key: noKey.includes(msgKey as string) ? null : textBytes(msgKey),
      value: textBytes(msgBody),
      headers: [],
    }
    batches.add(record, { key: msgKey, value: msgBody }, 'text')
  }
  return batches.all()
}
