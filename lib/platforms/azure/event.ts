import { types } from 'node:util'
import type { RecordBatch } from '../../batch.ts'
import type { RecordHeader } from '../../record.ts'
import { Batches } from '../batches.ts'
import {
  base64Bytes,
  fieldsOf,
  firstObject,
  parsed,
  partitionNumber,
  textBytes,
  timestampOf,
  topicName,
  wholeNumber,
} from '../fields.ts'

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
  /** Bytes. A tombstone is empty here: the extension doesn't distinguish it from an empty value. */
  values: unknown[]
  triggerMetadata: Record<string, unknown>
}

export function isKafkaEvents(event: unknown): boolean {
  return isBinaryEvents(event) || (Array.isArray(event) && isTextEvent(firstObject(event, parsed)))
}

function isBinaryEvents(event: unknown): event is BinaryEvents {
  const { values, triggerMetadata } = fieldsOf(event) ?? {}
  return Array.isArray(values) && Array.isArray(fieldsOf(triggerMetadata)?.offsetArray)
}

function isTextEvent(event: unknown): event is TextEvent {
  const fields = fieldsOf(event)
  return fields !== undefined && 'Offset' in fields && 'Partition' in fields
}

export function toBatches(event: unknown): RecordBatch[] {
  return isBinaryEvents(event) ? binaryBatches(event) : textBatches(event as unknown[])
}

function textBatches(events: unknown[]): RecordBatch[] {
  const batches = new Batches()
  for (const element of events) {
    const event = parsed(element)
    if (!isTextEvent(event)) {
      batches.addMalformed(element)
      continue
    }
    const record = {
      topic: topicName(event.Topic),
      partition: partitionNumber(event.Partition),
      offset: wholeNumber(event.Offset),
      timestamp: timestampOf(event.Timestamp),
      key: textBytes(event.Key),
      value: textBytes(event.Value),
      headers: headersOf(event.Headers),
    }
    batches.add(record, { key: event.Key, value: event.Value }, 'text')
  }
  return batches.all()
}

function binaryBatches({ topic, values, triggerMetadata }: BinaryEvents): RecordBatch[] {
  const batches = new Batches()
  const { partitionArray, offsetArray, timestampArray, keyArray, headersArray } = triggerMetadata
  for (const [index, value] of values.entries()) {
    const key = at(keyArray, index)
    const record = {
      topic: topicName(topic),
      partition: partitionNumber(whole64(at(partitionArray, index))),
      offset: wholeNumber(whole64(at(offsetArray, index))),
      timestamp: timestampOf(at(timestampArray, index)),
      key: base64Bytes(key),
      value: bytesOf(value),
      headers: headersOf(at(headersArray, index)),
    }
    batches.add(record, { key, value }, 'bytes')
  }
  return batches.all()
}

function bytesOf(value: unknown): Buffer | null | undefined {
  if (!types.isUint8Array(value)) return undefined
  return value.length === 0 ? null : Buffer.from(value.buffer, value.byteOffset, value.length)
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
