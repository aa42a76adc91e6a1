import type { RecordBatch } from '../batch.ts'
import { parseJson } from '../parse-json.ts'
import { isKafkaEvent, toBatches } from '../platforms/aws/event.ts'
import { fieldsOf, milliseconds, parsed, partitionNumber, wholeNumber } from '../platforms/fields.ts'
import type { TopicPartition } from '../record.ts'

/**
 * What Lambda leaves of a batch that it gave up, in an on-failure destination.
 *
 * Source: AWS Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"
 * (documents for SQS, SNS and S3), and "Using a Kafka topic as an on-failure destination".
 */
export interface FailureDocument {
  /** Of the function, without version or alias. */
  functionName: string
  /** `RetryAttemptsExhausted`, `MaximumPayloadSizeExceeded` or the like. */
  condition: string
  /** When it was given up, in milliseconds since the epoch; -1 when the document doesn't tell. */
  time: number
  /** The event's records; absent in SQS and SNS, and where the event itself was too large. */
  batches?: RecordBatch[]
  /** What the document tells where it has no event: the first and the last record of each topic-partition. */
  groups: FailureGroup[]
}

export interface FailureGroup extends TopicPartition {
  first: number
  last: number
  /** Timestamps by offset, of the first and the last record, in milliseconds since the epoch. */
  timestamps: Map<number, number>
}

/**
 * Reads a document. One that SNS has delivered to a queue may be wrapped in a notification.
 * Source: Amazon SNS Developer Guide, "Amazon SNS message delivery formats: raw message delivery".
 *
 * @returns undefined for whatever is no such document
 */
export function parseFailureDocument(text: string): FailureDocument | undefined {
  const document = fieldsOf(parseJson(text))
  if (typeof document?.Message === 'string' && document.Type === 'Notification') {
    return parseFailureDocument(document.Message)
  }
  const request = fieldsOf(document?.requestContext)
  const info = fieldsOf(document?.KafkaBatchInfo)
  if (!document || !request || !info) return undefined
  const { condition, functionArn } = request
  const batches = batchesOf(document.payload)
  return {
    functionName: functionNameOf(functionArn),
    condition: typeof condition === 'string' ? condition : 'UNKNOWN_CONDITION',
    time: milliseconds(document.timestamp) ?? -1,
    ...(batches && { batches }),
    groups: batches ? [] : groupsOf(info.recordsInfo),
  }
}

/** `arn:aws:lambda:region:account:function:name`, with a version or alias behind it. */
function functionNameOf(arn: unknown): string {
  return typeof arn === 'string' ? (arn.split(':')[6] ?? '') : ''
}

/** The event: as escaped text in S3, and as it is in a Kafka topic. */
function batchesOf(payload: unknown): RecordBatch[] | undefined {
  const event = parsed(payload)
  if (!isKafkaEvent(event)) return undefined
  try {
    return toBatches(event)
  } catch {
    // No record of it tells where it was.
    return undefined
  }
}

function groupsOf(recordsInfo: unknown): FailureGroup[] {
  return Object.entries(fieldsOf(recordsInfo) ?? {}).flatMap(([name, value]) => {
    const [, topic = '', digits] = /^(.+)-(\d+)$/s.exec(name) ?? []
    const info = fieldsOf(value) ?? {}
    const partition = partitionNumber(digits)
    const [first, last] = [wholeNumber(info.firstRecordOffset), wholeNumber(info.lastRecordOffset)]
    if (partition === undefined || first === undefined || last === undefined || last < first) return []
    const times = [
      [first, milliseconds(info.firstRecordTimestamp)] as const,
      [last, milliseconds(info.lastRecordTimestamp)] as const,
    ]
    const known = times.filter((entry): entry is [number, number] => entry[1] !== undefined)
    return [{ topic, partition, first, last, timestamps: new Map(known) }]
  })
}
