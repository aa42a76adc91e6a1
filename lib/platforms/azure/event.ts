import type { RecordBatch } from '../../batch.ts'
import { CodedError } from '../../error.ts'
import type { RecordHeader } from '../../record.ts'
import { addRecord, Batches, topicPartitionOf } from '../batches.ts'
import { base64Bytes, milliseconds, parsed, textBytes, wholeNumber } from '../fields.ts'

/**
 * One record of a trigger with `dataType: 'string'`: key and value are text, in which the host has already replaced invalid
 * bytes.
 *
 * Source: Azure Functions, "Apache Kafka trigger for Azure Functions", and the extension's own samples.
 */
interface TextEvent {
  Offset: unknown
  Partition: unknown
  Topic?: unknown
  /** ISO 8601 with up to seven digits of a second. */
  Timestamp?: unknown
  Key?: unknown
  /** Null is a tombstone. */
  Value?: unknown
  Headers?: unknown
}

/**
 * The event of a trigger with `dataType: 'binary'`, `keyDataType: 'Binary'` and `cardinality: 'MANY'`: the values, and
 * arrays of everything else in the metadata. Source: `KafkaTriggerBindingStrategy` of azure-functions-kafka-extension.
 */
export interface BinaryEvents {
  /** The trigger's topic. Not from the metadata: there, the worker turns names that look like numbers into numbers. */
  topic: string
  /** A tombstone is empty here: the extension doesn't distinguish it from an empty value. */
  values: Uint8Array[]
  triggerMetadata: Record<string, unknown>
}

export function isKafkaEvents(event: unknown): boolean {
  return isBinaryEvents(event) || (Array.isArray(event) && isTextEvent(parsed(event[0])))
}

function isBinaryEvents(event: unknown): event is BinaryEvents {
  if (typeof event !== 'object' || event === null) return false
  const { values, triggerMetadata } = event as Partial<BinaryEvents>
  return Array.isArray(values) && Array.isArray(triggerMetadata?.offsetArray)
}

function isTextEvent(event: unknown): event is TextEvent {
  return typeof event === 'object' && event !== null && 'Offset' in event && 'Partition' in event
}

export function toBatches(event: unknown): RecordBatch[] {
  return isBinaryEvents(event) ? binaryBatches(event) : textBatches(event as unknown[])
}

function textBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const element of events) {
    const event = parsed(element)
    if (!isTextEvent(event))
      throw new CodedError('EVENT_UNKNOWN', 'Not a Kafka event: one element is not a Kafka record.')
    const record = {
      ...topicPartitionOf(event.Topic, event.Partition),
      offset: wholeNumber(event.Offset),
      timestamp: milliseconds(event.Timestamp) ?? -1,
      key: textBytes(event.Key),
      value: textBytes(event.Value),
      headers: headersOf(event.Headers),
    }
    addRecord(batches.of(record), record, { key: event.Key, value: event.Value }, 'text')
  }
  return batches.all()
}

function binaryBatches({ topic, values, triggerMetadata }: BinaryEvents): RecordBatch[] {
  const batches = new Batches()
  const { partitionArray, offsetArray, timestampArray, keyArray, headersArray } = triggerMetadata
  for (const [index, value] of values.entries()) {
    const key = at(keyArray, index)
    const record = {
      ...topicPartitionOf(topic, whole64(at(partitionArray, index))),
      offset: wholeNumber(whole64(at(offsetArray, index))),
      timestamp: milliseconds(at(timestampArray, index)) ?? -1,
      key: base64Bytes(key),
      value: value.length === 0 ? null : Buffer.from(value.buffer, value.byteOffset, value.length),
      headers: headersOf(at(headersArray, index)),
    }
    addRecord(batches.of(record), record, { key }, 'base64')
  }
  return batches.all()
}

function at(array: unknown, index: number): unknown {
  return Array.isArray(array) ? array[index] : undefined
}

/** A 64-bit number, which the worker passes as the two halves of its protobuf representation. */
function whole64(number: unknown): unknown {
  const { low, high } = (number ?? {}) as { low?: unknown; high?: unknown }
  return typeof low === 'number' && typeof high === 'number' ? high * 2 ** 32 + (low >>> 0) : number
}

/** Decodes headers such as `[{"Key": "name", "Value": "<base64>"}]`; in metadata the worker writes field names in lower case. */
function headersOf(headers: unknown): RecordHeader[] | undefined {
  if (headers === null || headers === undefined) return []
  if (!Array.isArray(headers)) return undefined
  const decoded: RecordHeader[] = []
  for (const header of headers) {
    const key = header?.Key ?? header?.key
    const value = base64Bytes(header?.Value ?? header?.value)
    if (typeof key !== 'string' || value === undefined) return undefined
    decoded.push({ key, value })
  }
  return decoded
}
