import type { KafkaRecord } from '../../lib/record.ts'

/**
 * Documents as Lambda leaves them in on-failure destinations. Source: AWS Lambda Developer Guide, "Capturing discarded batches
 * for Amazon MSK and self-managed Apache Kafka event sources", and "Using a Kafka topic as an on-failure destination": all
 * fields of the samples there.
 */
export interface DocumentFacts {
  functionName?: string
  condition?: string
  time?: string
}

const cluster = 'arn:aws:kafka:us-east-1:123456789012:cluster/orders/751d2973-a626-431c-9d4e-d7975eb44dd7-2'
const bootstrapServers = 'b-1.orders.abc123.kafka.us-east-1.amazonaws.com:9098'

function common({ functionName = 'shop-dev-orders', condition = 'RetryAttemptsExhausted', time }: DocumentFacts) {
  const isTooLarge = condition === 'MaximumPayloadSizeExceeded'
  return {
    requestContext: {
      requestId: '316aa6d0-8154-xmpl-9af7-85d5f4a6bc81',
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
      condition,
      approximateInvokeCount: isTooLarge ? 0 : 11,
    },
    responseContext: isTooLarge ? null : { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: time ?? '2026-11-14T00:38:06.021Z',
  }
}

const iso = (timestamp: number) => new Date(timestamp).toISOString()

function batchInfo(records: KafkaRecord[]) {
  const groups = Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)
  const recordsInfo = Object.fromEntries(
    Array.from(groups, ([name, [first, ...others]]) => [
      name,
      {
        firstRecordOffset: `${first?.offset}`,
        lastRecordOffset: `${(others.at(-1) ?? first)?.offset}`,
        firstRecordTimestamp: iso(first?.timestamp ?? 0),
        lastRecordTimestamp: iso((others.at(-1) ?? first)?.timestamp ?? 0),
      },
    ]),
  )
  return { batchSize: records.length, eventSourceArn: cluster, bootstrapServers, payloadSize: 2_039_086, recordsInfo }
}

/** The event of these records, as Lambda sends it. */
export function eventOf(records: KafkaRecord[]) {
  const groups = Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)
  const toEvent = ({ topic, partition, offset, timestamp, key, value, headers }: KafkaRecord) => ({
    ...{ topic, partition, offset, timestamp, timestampType: 'CREATE_TIME' },
    key: key?.toString('base64'),
    value: value?.toString('base64'),
    headers: headers.map(({ key, value }) => ({ [key]: value && [...value] })),
  })
  const all = Array.from(groups, ([name, some]) => [name, some.map(toEvent)])
  return { eventSource: 'aws:kafka', eventSourceArn: cluster, bootstrapServers, records: Object.fromEntries(all) }
}

/** For SQS and SNS. */
export function queueDocument(records: KafkaRecord[], facts: DocumentFacts = {}): string {
  return JSON.stringify({ ...common(facts), KafkaBatchInfo: batchInfo(records) })
}

/** For S3: with the event as escaped text. */
export function bucketDocument(records: KafkaRecord[], facts: DocumentFacts = {}): string {
  const payload = JSON.stringify(eventOf(records))
  return JSON.stringify({ ...common(facts), KafkaBatchInfo: batchInfo(records), payload })
}

/** For a Kafka topic: one record, with the event as it is. */
export function topicDocument(record: KafkaRecord, facts: DocumentFacts = {}): string {
  const { recordsInfo: _, ...info } = batchInfo([record])
  const recordInfo = { offset: `${record.offset}`, timestamp: iso(record.timestamp) }
  const payload = eventOf([record])
  return JSON.stringify({ ...common(facts), KafkaBatchInfo: { ...info, batchSize: 1, recordInfo }, payload })
}

/** As SNS delivers a document to a queue, unless raw delivery is on. Source: Amazon SNS Developer Guide, "JSON notification format". */
export function notification(document: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:failed',
    Message: document,
    Timestamp: '2026-11-14T00:38:06.500Z',
    SignatureVersion: '1',
  })
}
