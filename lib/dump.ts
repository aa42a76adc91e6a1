import pLimit from 'p-limit'
import pMap from 'p-map'
import { encode, type FormatSettings } from './formats/encode.ts'
import type { StoredRecord } from './formats/format.ts'
import { freeBuffer } from './free-buffer.ts'
import type { ObjectKeys, ObjectRecords, OffsetRange } from './objects/key.ts'
import type { Log } from './observability/logger.ts'
import type { Telemetry } from './observability/telemetry.ts'
import type { KafkaRecord } from './record.ts'
import type { ObjectStore } from './s3/store.ts'
import { decodeValues } from './values/decode.ts'
import type { ValueDecoder } from './values/value.ts'

/** What one connector's records go through on their way to the store. */
export interface Dump {
  format: FormatSettings
  /** Loads what decodes the values; absent: they stay as they are. */
  decoder?: () => Promise<ValueDecoder>
  keys: ObjectKeys
  /** Has no more use for an object's body once it has put it: the body's memory is given back then. */
  store: Pick<ObjectStore, 'put'>
  logger: Log
  telemetry: Telemetry
}

/** One object is encoded at a time: on a function's one processor more would not be faster, and each needs its memory. */
const inTurn = pLimit(1)

/** Objects of one topic-partition that are on their way at the same time. */
const OBJECTS_AT_ONCE = 8

/** Large values of one object that are on their way at the same time. */
const VALUES_AT_ONCE = 4

/**
 * Writes the records of one topic-partition: one object, or one for each path of the partitioner, each after the values that
 * are too large for it. The same records give the same keys and the same bytes, so that a repeated batch changes nothing. When
 * one object can't be written, the others are given up, and the batch counts as not written.
 *
 * @param records at least one, in the order of their offsets
 * @throws AbnormalDataError before anything is written, of records whose values can't be decoded
 */
export async function writeObjects(records: KafkaRecord[], dump: Dump, signal: AbortSignal): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const objects = dump.keys.divide(await withDecodedValues(records, dump, signal))
  try {
    await pMap(objects, object => writeObject(object, dump, either), { concurrency: OBJECTS_AT_ONCE })
  } catch (error) {
    failed.abort()
    throw error
  }
}

async function writeObject({ range, path, records }: ObjectRecords, dump: Dump, signal: AbortSignal): Promise<void> {
  const { format, keys, store, logger, telemetry } = dump
  const { topic, partition } = range
  const inline = await putLargeValues(records, dump, signal)
  const { body, extension, ...content } = await inTurn(() =>
    telemetry.step('Encode', { topic, partition }, () => encode(inline, format)),
  )
  const bytes = body.length
  const key = keys.render({ ...range, path, extension })
  const metadata = { ...metadataOf(range), 'record-count': String(records.length) }
  await telemetry.step('Put', { topic, partition, key }, () => store.put({ key, body, metadata, ...content }, signal))
  telemetry.add('Objects', 1)
  telemetry.add('RecordsOut', records.length)
  telemetry.add('BytesOut', bytes)
  freeBuffer(body)
  logger.info('Object written', { ...range, records: records.length, bytes, key })
}

/** What the object's metadata say of its records: their offsets, or the digest that stands for them. */
function metadataOf({ firstOffset, lastOffset, digest }: OffsetRange): Record<string, string> {
  if (digest) return { digest }
  return { 'first-offset': String(firstOffset), 'last-offset': String(lastOffset) }
}

async function withDecodedValues(records: KafkaRecord[], { decoder, format }: Dump, signal: AbortSignal) {
  const stayAsTheyAre = !decoder && !format.includeValueSize && format.maxInlineValueBytes === undefined
  return stayAsTheyAre ? records : await decodeValues(records, await decoder?.(), format, signal)
}

/** Puts large values into objects of their own, before an object names them. */
async function putLargeValues(records: StoredRecord[], { format, keys, store, telemetry }: Dump, signal: AbortSignal) {
  const { maxInlineValueBytes } = format
  if (maxInlineValueBytes === undefined) return records
  return await pMap(
    records,
    async record => {
      const { topic, partition, value, valueSize = 0 } = record
      if (value === null || valueSize <= maxInlineValueBytes) return record
      const key = keys.renderValue(record)
      const object = { key, body: value, contentType: 'application/octet-stream', metadata: {} }
      await telemetry.step('Put', { topic, partition, key }, () => store.put(object, signal))
      telemetry.add('Objects', 1)
      telemetry.add('BytesOut', value.length)
      return { ...record, value: null, valueObject: key }
    },
    { concurrency: VALUES_AT_ONCE },
  )
}
