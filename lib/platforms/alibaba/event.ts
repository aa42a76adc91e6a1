import type { RecordBatch } from '../../batch.ts'
import type { RecordHeader } from '../../record.ts'
import { Batches, type ReadRecord } from '../batches.ts'
import {
  fieldsOf,
  firstObject,
  isByteArray,
  jsonText,
  parsed,
  partitionNumber,
  textBytes,
  timestampOf,
  topicName,
  wholeNumber,
} from '../fields.ts'

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
  /**
   * True when the record is larger than a request may be, so that its content was left out. It would pass for a tombstone.
   * Source: Alibaba Cloud, ApsaraMQ for Kafka, "Create an OSS sink connector": the messages of its function.
   */
  overflowFlag?: unknown
}

export function isMessageEvents(event: unknown): boolean {
  return Array.isArray(event) && isMessageEvent(firstObject(event, parsed))
}

function isMessageEvent(event: unknown): event is MessageEvent {
  const { type, data } = fieldsOf(event) ?? {}
  return type === TYPE && fieldsOf(data) !== undefined
}

export function toBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const event of events) {
    const message = parsed(event)
    if (!isMessageEvent(message)) {
      batches.addMalformed(event)
      continue
    }
    const { data } = message
    const record: ReadRecord = {
      topic: topicName(data.topic),
      partition: partitionNumber(data.partition),
      offset: wholeNumber(data.offset),
      timestamp: timestampOf(data.timestamp),
      key: contentBytes(data.key),
      value: contentBytes(data.value),
      headers: headersOf(data.headers),
    }
    if (data.overflowFlag === true || data.overflowFlag === 'true') record.isLeftOut = true
    batches.add(record, data, 'text')
  }
  return batches.all()
}

/** Text unchanged; content that the trigger's data format parsed as JSON becomes JSON text again. */
function contentBytes(content: unknown): Buffer | null | undefined {
  const isParsed = content !== null && content !== undefined && typeof content !== 'string'
  const text = isParsed ? jsonText(content) : content
  return isParsed && text === undefined ? undefined : textBytes(text)
}

/**
 * Header values are Java's signed bytes, or a buffer of them with its bounds. Documentation and samples show only empty lists,
 * so text is accepted too.
 */
function headersOf(headers: unknown): RecordHeader[] | undefined {
  if (headers === null || headers === undefined) return []
  const list = fieldsOf(headers)?.headers
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
  const { hb, offset = 0, position = 0, limit } = fieldsOf(buffer) ?? {}
  if (!isByteArray(hb)) return undefined
  const [skipped, start, end] = [offset, position, limit ?? hb.length].map(wholeNumber)
  if (skipped === undefined || start === undefined || end === undefined) return undefined
  return hb.slice(skipped + start, skipped + end)
}
