import pLimit from 'p-limit'
import pMap from 'p-map'
import type { Attempt } from './delivery/attempt.ts'
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

/** The steps between one connector's records and the store. */
export interface Dump {
  format: FormatSettings
  /** Loads the decoder of the values; absent: they are stored unchanged. */
  decoder?: () => Promise<ValueDecoder>
  keys: ObjectKeys
  /** Must not use an object's body after `put` has returned: its memory is freed then. */
  store: Pick<ObjectStore, 'put'>
  logger: Log
  telemetry: Telemetry
}

/** Encodes one object at a time: more need more memory and are not faster on a function's one processor. */
const inTurn = pLimit(1)

/** Objects of one topic-partition that are written at the same time. */
const OBJECTS_AT_ONCE = 8

/** Large values of one object that are written at the same time. */
const VALUES_AT_ONCE = 4

/**
 * Writes the records of one topic-partition: one object, or one per path of the partitioner. Values that are too large for an
 * object are written before it. The same records give the same keys and the same bytes, so a repeated batch changes nothing.
 * When one object can't be written, the others are abandoned and the whole batch counts as not written.
 *
 * @param records at least one, in the order of their offsets
 * @throws AbnormalDataError before anything is written, with the records whose values can't be decoded
 */
export async function writeObjects(records: KafkaRecord[], dump: Dump, { signal }: Attempt): Promise<void> {
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

/** The object's metadata: the offsets of its records, or their digest. */
function metadataOf({ firstOffset, lastOffset, digest }: OffsetRange): Record<string, string> {
  if (digest) return { digest }
  return { 'first-offset': String(firstOffset), 'last-offset': String(lastOffset) }
}

async function withDecodedValues(records: KafkaRecord[], { decoder, format }: Dump, signal: AbortSignal) {
  const isUnchanged = !decoder && !format.includeValueSize && format.maxInlineValueBytes === undefined
  return isUnchanged ? records : await decodeValues(records, await decoder?.(), format, signal)
}

/** Writes large values as objects of their own, before the object whose records name them. */
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
