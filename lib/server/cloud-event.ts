import type { IncomingHttpHeaders } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { CodedError } from '../error.ts'
import { type KafkaCloudEvent, placeOf, toBatches } from '../platforms/knative/event.ts'
import type { TopicPartition } from '../record.ts'

/** A CloudEvent of a KafkaSource, with the group by which it is batched, and its place. */
export interface ReceivedRecord extends TopicPartition {
  event: KafkaCloudEvent
  /** Source, topic and partition: two sources may read topics of the same name. */
  group: string
  offset: number
}

/**
 * The CloudEvent of a request in binary content mode. The CloudEvents SDK would parse a JSON body and so lose its bytes.
 *
 * KafkaSource, like the Java SDK that it uses, doesn't percent-encode HTTP headers, so nothing is decoded here.
 * Source: CloudEvents, "HTTP Protocol Binding", binary content mode.
 *
 * @throws CodedError `EVENT_UNKNOWN` when it doesn't name its topic, its partition and an offset of at most 2⁵³ − 1
 */
export function receiveCloudEvent(headers: IncomingHttpHeaders, body: Buffer, binaryKeys: boolean): ReceivedRecord {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice('ce-'.length), String(value)]] : [],
  )
  const { type, source = '', id = '', ...others } = Object.fromEntries(attributes)
  const { topic, partition, offset } = placeOf({ source, id })
  if (type !== 'dev.knative.kafka.event' || topic === undefined || partition === undefined || offset === undefined) {
    throw new CodedError('EVENT_UNKNOWN', notOfKafka({ 'ce-type': type, 'ce-source': source, 'ce-id': id }))
  }
  const event = {
    ...others,
    type,
    source,
    id,
    body,
    ...(binaryKeys && { keyencoding: 'base64' as const }),
    ...(headers['content-type'] && { datacontenttype: headers['content-type'] }),
  }
  return { event, group: `${source} ${partition}`, topic, partition, offset }
}

function notOfKafka(attributes: Record<string, string | undefined>): string {
  const seen = Object.entries(attributes).map(
    ([name, value]) => `the ${name} ${value ? JSON.stringify(value.slice(0, 100)) : 'none'}`,
  )
  return `Not a record of a KafkaSource: a request with ${seen.join(', ')}.`
}

/**
 * Compares two records of the same place.
 *
 * @throws CodedError `RECORD_CONFLICT` when they would not be the same in the store or on the target
 */
export function compareRecords(earlier: ReceivedRecord, later: ReceivedRecord): void {
  if (isDeepStrictEqual(toBatches([earlier.event]), toBatches([later.event]))) return
  const { topic, partition, offset } = later
  const message = 'Another record with the same topic, partition and offset is being delivered.'
  throw new CodedError('RECORD_CONFLICT', message, { topic, partition, offset })
}
