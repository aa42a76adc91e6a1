import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import type { RecordHeader } from '../../record.ts'
import { addRecord, Batches, topicPartitionOf } from '../batches.ts'
import { asItCame, isByteArray, milliseconds, parsed, textBytes, wholeNumber } from '../fields.ts'

const TYPE = 'alikafka:Topic:Message'

/**
 * One record as EventBridge passes it to a function: a CloudEvent whose data is the record, with key and value as text.
 *
 * Source: Alibaba Cloud, Function Compute, "ApsaraMQ for Kafka triggers", the function's input parameters. In a template
 * (devsapp, kafka-trigger-fc-event) the array's elements are JSON text.
 */
interface MessageEvent {
  type: typeof TYPE
  data: MessageData
}

interface MessageData {
  topic?: unknown
  partition?: unknown
  offset?: unknown
  timestamp?: unknown
  /** Java's `RecordHeaders` with its fields: `{"headers": [{"key": …, "value": […]}], "isReadOnly": false}`. */
  headers?: unknown
  /** Absent when the record has none; so is the value of a tombstone. */
  key?: unknown
  value?: unknown
}

export function isMessageEvents(event: unknown): boolean {
  return Array.isArray(event) && isMessageEvent(parsed(event[0]))
}

function isMessageEvent(event: unknown): event is MessageEvent {
  if (typeof event !== 'object' || event === null) return false
  const { type, data } = event as Partial<MessageEvent>
  return type === TYPE && typeof data === 'object' && data !== null
}

export function toBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const event of events) {
    const message = parsed(event)
    if (!isMessageEvent(message))
      throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: one element is not a Kafka message.')
    const { data } = message
    const record = {
      ...topicPartitionOf(data.topic, data.partition),
      offset: wholeNumber(data.offset),
      timestamp: milliseconds(data.timestamp) ?? -1,
      key: contentBytes(data.key),
      value: contentBytes(data.value),
      headers: headersOf(data.headers),
    }
    addRecord(batches.of(record), record, data, 'text')
  }
  return batches.all()
}

/** Text unchanged; content that the trigger's data format parsed as JSON becomes JSON text again. */
function contentBytes(content: unknown): Buffer | null {
  return textBytes(content) ?? (content === null || content === undefined ? null : asItCame(content))
}

/**
 * Header values are Java's signed bytes, or a buffer of them with its bounds. Documentation and samples show only empty lists,
 * so text is accepted too.
 */
function headersOf(headers: unknown): RecordHeader[] | undefined {
  const list = (headers as { headers?: unknown } | null | undefined)?.headers ?? []
  if (!Array.isArray(list)) return undefined
  const decoded: RecordHeader[] = []
  for (const header of list) {
    const key = textOf(header?.key ?? bufferOf(header?.keyBuffer))
    const value = header?.value ?? bufferOf(header?.valueBuffer)
    const bytes = isByteArray(value) ? Buffer.from(value) : textBytes(value)
    if (key === undefined || bytes === undefined) return undefined
    decoded.push({ key, value: bytes })
  }
  return decoded
}

function textOf(name: unknown): string | undefined {
  if (isByteArray(name)) return Buffer.from(name).toString()
  return typeof name === 'string' ? name : undefined
}

/** The bytes between position and limit of a `java.nio.HeapByteBuffer` that was written field by field. */
function bufferOf(buffer: unknown): number[] | undefined {
  const { hb, offset = 0, position = 0, limit } = (buffer ?? {}) as Record<string, number> & { hb?: unknown }
  return isByteArray(hb) ? hb.slice(offset + position, limit === undefined ? undefined : offset + limit) : undefined
}
