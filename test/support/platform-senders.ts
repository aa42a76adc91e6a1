import type { PlatformName } from '../../lib/platforms/index.ts'
import type { KafkaRecord, RecordHeader } from '../../lib/record.ts'

/** What a platform does to records before a function sees them. */
export interface PlatformSender {
  /** Tells apart several ways of one platform. */
  way?: string
  /** The sample in `events/` that shows an ordinary event, when it is not called as the platform. */
  sample?: string
  event(records: KafkaRecord[]): unknown
  /** What is left of a record on the way. */
  carried(record: KafkaRecord): KafkaRecord
  /** Events of which a record names no topic-partition. */
  unplaceable: unknown[]
  /** The context of an invocation that may run for 1.5 seconds. */
  context: object
}

/** What Lambda and our own server pass. */
const countdown = { getRemainingTimeInMillis: () => 1500 }

const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? null
const text = (bytes: Buffer | null) => bytes?.toString() ?? null
/** What is left of bytes that were made UTF-8 text. */
const asText = (bytes: Buffer | null) => bytes && Buffer.from(bytes.toString())
const iso = (timestamp: number) => (timestamp === -1 ? null : new Date(timestamp).toISOString())
/** As a platform hands it over: JSON text, parsed. */
const json = (event: unknown) => JSON.parse(JSON.stringify(event))
/** Java's bytes, which are signed. */
const signed = (bytes: Buffer | null) => bytes && [...new Int8Array(bytes)]

const lambdaRecord = ({ headers, key, value, ...record }: KafkaRecord) => ({
  ...record,
  timestampType: 'CREATE_TIME',
  key: base64(key),
  value: value?.toString('base64'),
  headers: headers.map(header => ({ [header.key]: header.value && [...header.value] })),
})

const aws: PlatformSender = {
  sample: 'aws-msk',
  event: records => {
    const groups = Object.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)
    const lambdaRecords = Object.entries(groups).map(([group, members]) => [group, members?.map(lambdaRecord)])
    return json({ eventSource: 'aws:kafka', records: Object.fromEntries(lambdaRecords) })
  },
  carried: record => record,
  unplaceable: [{ eventSource: 'aws:kafka', records: { orders: [{ offset: 1 }] } }],
  context: countdown,
}

const pipes: PlatformSender = {
  event: records =>
    json(
      records.map(record => ({
        eventSource: 'SelfManagedKafka',
        eventSourceKey: `${record.topic}-${record.partition}`,
        ...lambdaRecord(record),
      })),
    ),
  carried: record => record,
  unplaceable: [[{ eventSource: 'aws:kafka', eventSourceKey: 'orders', offset: 1 }]],
  context: countdown,
}

const alibaba: PlatformSender = {
  event: records =>
    json(
      records.map(({ key, value, headers, ...record }, index) => {
        const list = headers.map(header => ({ key: header.key, value: signed(header.value) ?? undefined }))
        const content = { key: text(key) ?? undefined, value: text(value) ?? undefined }
        const data = { ...record, headers: { headers: list, isReadOnly: false }, ...content }
        const event = { specversion: '1.0', source: 'acs:alikafka', type: 'alikafka:Topic:Message', data }
        return index % 2 === 0 ? event : JSON.stringify(event)
      }),
    ),
  carried: record => ({ ...record, key: asText(record.key), value: asText(record.value) }),
  unplaceable: [[{ type: 'alikafka:Topic:Message', data: { offset: 1 } }]],
  context: { requestId: 'r', function: { name: 'f', timeout: 1.5 } },
}

const tencent: PlatformSender = {
  event: records =>
    json({
      Records: records.map(({ topic, partition, offset, key, value }) => ({
        Ckafka: { topic, partition, offset, msgKey: text(key) ?? 'None', msgBody: text(value) },
      })),
    }),
  carried: ({ key, value, ...record }) => {
    const hasKey = key !== null && !['', 'None'].includes(key.toString())
    return { ...record, timestamp: -1, key: hasKey ? asText(key) : null, value: asText(value), headers: [] }
  },
  unplaceable: [{ Records: [{ Ckafka: { topic: 'orders', offset: 1 } }] }],
  context: { getRemainingTimeInMillis: 1500, time_limit_in_ms: 3000 },
}

const EVENT_TIME_S = 1_767_225_600

const functionGraph: PlatformSender = {
  event: records => {
    const groups = Object.groupBy(records, ({ topic }) => topic)
    return json({
      event_version: 'v1.0',
      event_time: EVENT_TIME_S,
      trigger_type: 'KAFKA',
      records: Object.entries(groups).map(([topic, members]) => ({
        topic_id: topic,
        messages: members?.map(({ value }) => text(value)),
      })),
    })
  },
  carried: ({ topic, value }) => {
    const place = { topic, partition: -1, offset: -1, timestamp: -1, eventTime: EVENT_TIME_S * 1000 }
    return { ...place, key: null, value: asText(value), headers: [] }
  },
  unplaceable: [{ trigger_type: 'KAFKA', records: [{ messages: ['m'] }] }],
  context: { getRemainingTimeInMilliSeconds: () => 1500 },
}

const azureHeaders = (headers: readonly RecordHeader[]) =>
  headers.map(header => ({ Key: header.key, Value: base64(header.value) }))

const azureText: PlatformSender = {
  way: 'text',
  event: records =>
    json(
      records.map(({ topic, partition, offset, timestamp, key, value, headers }) => ({
        Offset: offset,
        Partition: partition,
        Topic: topic,
        Timestamp: iso(timestamp),
        Value: text(value),
        Key: text(key),
        Headers: azureHeaders(headers),
      })),
    ),
  carried: record => ({ ...record, key: asText(record.key), value: asText(record.value) }),
  unplaceable: [[{ Offset: 1, Partition: null, Topic: 'orders' }]],
  context: countdown,
}

const azureBinary: PlatformSender = {
  way: 'binary',
  event: records => ({
    topic: records[0]?.topic,
    values: records.map(({ value }) => value ?? Buffer.alloc(0)),
    triggerMetadata: json({
      partitionArray: records.map(({ partition }) => partition),
      // 64-bit numbers become two halves of 32 bits on their way through the worker.
      offsetArray: records.map(({ offset }) => ({
        low: offset | 0,
        high: Math.floor(offset / 2 ** 32),
        unsigned: false,
      })),
      timestampArray: records.map(({ timestamp }) => iso(timestamp)),
      keyArray: records.map(({ key }) => base64(key)),
      headersArray: records.map(({ headers }) =>
        headers.map(header => ({ key: header.key, value: base64(header.value) })),
      ),
    }),
  }),
  carried: record => ({ ...record, value: record.value?.length === 0 ? null : record.value }),
  unplaceable: [{ topic: 't', values: [Buffer.from('v')], triggerMetadata: { offsetArray: [1] } }],
  context: countdown,
}

const cloudEventHeader = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const knative: PlatformSender = {
  event: records =>
    records.map(({ topic, partition, offset, timestamp, key, value, headers }) => ({
      specversion: '1.0',
      type: 'dev.knative.kafka.event',
      source: `/apis/v1/namespaces/default/kafkasources/orders#${topic}`,
      subject: `partition:${partition}#${offset}`,
      id: `partition:${partition}/offset:${offset}`,
      time: iso(timestamp) ?? undefined,
      ...(key?.length ? { key: base64(key), partitionkey: base64(key), keyencoding: 'base64' } : {}),
      ...Object.fromEntries(
        headers.map(header => [`kafkaheader${cloudEventHeader(header.key)}`, text(header.value) ?? '']),
      ),
      body: value ?? Buffer.alloc(0),
    })),
  carried: ({ key, value, headers, ...record }) => {
    const last = new Map(headers.map(header => [cloudEventHeader(header.key), asText(header.value) ?? Buffer.alloc(0)]))
    return {
      ...record,
      key: key?.length ? key : null,
      value: value?.length ? value : null,
      headers: Array.from(last, ([name, content]) => ({ key: name, value: content })),
    }
  },
  unplaceable: [
    [{ type: 'dev.knative.kafka.event', source: '/apis/v1#orders', id: 'partition:0' }],
    [{ type: 'dev.knative.kafka.event', source: '/a', id: 'partition:0/offset:1' }],
  ],
  context: countdown,
}

/** Every platform's ways of passing records. */
export const platformSenders: Record<PlatformName, PlatformSender[]> = {
  aws: [aws],
  'eventbridge-pipes': [pipes],
  alibaba: [alibaba],
  tencent: [tencent],
  functiongraph: [functionGraph],
  azure: [azureText, azureBinary],
  knative: [knative],
}
