import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '../error.ts'
import type { KafkaCloudEvent } from '../platforms/knative/event.ts'

/** A CloudEvent of a KafkaSource, with the group and the position by which it is batched. */
export interface ReceivedRecord {
  event: KafkaCloudEvent
  /** Topic and partition. */
  group: string
  offset: number
}

/**
 * The CloudEvent of a request in binary content mode. The CloudEvents SDK would parse a JSON body and so lose its bytes.
 *
 * KafkaSource, like the Java SDK that it uses, doesn't percent-encode HTTP headers, so nothing is decoded here.
 * Source: CloudEvents, "HTTP Protocol Binding", binary content mode.
 *
 * @throws CodedError `EVENT_UNKNOWN`
 */
export function receiveCloudEvent(headers: IncomingHttpHeaders, body: Buffer, binaryKeys: boolean): ReceivedRecord {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice('ce-'.length), String(value)]] : [],
  )
  const { type, source, id, ...others } = Object.fromEntries(attributes)
  const [, partition, offset] = /^partition:(\d+)\/offset:(\d+)$/.exec(id ?? '') ?? []
  if (type !== 'dev.knative.kafka.event' || !offset) {
    const [gotType, gotId] = [type, id].map(text => JSON.stringify(text?.slice(0, 100)) ?? 'none')
    const message = `Not a record of a KafkaSource: a request with the ce-type ${gotType} and the ce-id ${gotId}.`
    throw new CodedError('EVENT_UNKNOWN', message)
  }
  const event = {
    ...others,
    type,
    source: source ?? '',
    id,
    body,
    ...(binaryKeys && { keyencoding: 'base64' as const }),
    ...(headers['content-type'] && { datacontenttype: headers['content-type'] }),
  }
  return { event, group: `${source} ${partition}`, offset: Number(offset) }
}
