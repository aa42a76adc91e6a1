import { randomUUID } from 'node:crypto'
import { functionArn } from '../mapping/function-arn.ts'
import type { Discarded, DiscardedEvent, Reason } from './discarded.ts'

/** Of which mapping the records are. */
export interface Origin {
  functionName: string
  topic: string
  /** MSK only. */
  eventSourceArn?: string
  /** Comma-separated `host:port`. */
  bootstrapServers: string
}

/**
 * Lambda's words for the reasons, in documents for SQS, SNS and S3. `RecordAgeExceeded` is not documented for Kafka: it is what
 * mappings of streams have been seen to say. Those of a schema registry: "Using schema registries with Kafka event sources".
 */
const conditions: Record<Reason, string> = {
  retries: 'RetryAttemptsExhausted',
  age: 'RecordAgeExceeded',
  size: 'MaximumPayloadSizeExceeded',
  schema: 'SCHEMA_NOT_FOUND',
  deserialization: 'DESERIALIZATION_ERROR',
}

/** The same in documents for a Kafka topic. */
const topicConditions: Record<Reason, string> = { ...conditions, retries: 'RetriesExhausted' }

/**
 * What Lambda sends to a queue or a topic of SNS: what the batch was, without the records. S3 gets the same with the event as
 * text in `payload`.
 *
 * Source: AWS Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources".
 */
export function batchRecord(origin: Origin, { reason, invokeCount, event }: Discarded): object {
  const groups = event.partitions().map(({ partition, records }) => {
    const [first, last] = [records[0], records.at(-1)]
    const info = {
      firstRecordOffset: first && String(first.offset),
      lastRecordOffset: last && String(last.offset),
      firstRecordTimestamp: first && isoTime(first.timestamp),
      lastRecordTimestamp: last && isoTime(last.timestamp),
    }
    return [`${origin.topic}-${partition}`, info] as const
  })
  return {
    ...invocation(functionArn(origin.functionName), conditions[reason], invokeCount),
    KafkaBatchInfo: { ...batchInfo(origin, event), recordsInfo: Object.fromEntries(groups) },
  }
}

/**
 * What Lambda writes to a Kafka topic for one record: the event of only this record, as it is. Only here the function's ARN has a
 * version.
 *
 * Source: AWS Lambda Developer Guide, "Using a Kafka topic as an on-failure destination", "Record format for a Kafka destination".
 */
export function topicRecord(origin: Origin, { reason, invokeCount }: Discarded, event: DiscardedEvent): object {
  const record = event.partitions()[0]?.records[0]
  const recordInfo = record && { offset: String(record.offset), timestamp: isoTime(record.timestamp) }
  return {
    ...invocation(`${functionArn(origin.functionName)}:${VERSION}`, topicConditions[reason], invokeCount),
    KafkaBatchInfo: { ...batchInfo(origin, event), recordInfo },
  }
}

const VERSION = '$LATEST'

/** The id is made up: the endpoint that calls functions here returns none. */
function invocation(arn: string, condition: string, invokeCount: number) {
  return {
    requestContext: { requestId: randomUUID(), functionArn: arn, condition, approximateInvokeCount: invokeCount },
    // Null when there was no invocation.
    responseContext:
      invokeCount === 0 ? null : { statusCode: 200, executedVersion: VERSION, functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
  }
}

function batchInfo({ eventSourceArn, bootstrapServers }: Origin, { count, bytes }: DiscardedEvent) {
  return { batchSize: count, eventSourceArn, bootstrapServers, payloadSize: bytes }
}

/** Kafka takes any number as a timestamp. One that is no date is left out. */
function isoTime(timestamp: number): string | undefined {
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
