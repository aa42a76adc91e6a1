import pLimit from 'p-limit'
import pMap from 'p-map'
import { type CompressionName, compressions } from './formats/compression.ts'
import { encode } from './formats/encode.ts'
import { type FormatName, formats } from './formats/index.ts'
import type { ObjectKeys, ObjectRecords, OffsetRange } from './objects/key.ts'
import type { Log } from './observability/logger.ts'
import type { Telemetry } from './observability/telemetry.ts'
import type { KafkaRecord } from './record.ts'
import type { ObjectStore } from './s3/store.ts'

export interface DumpSettings {
  format: FormatName
  compression: CompressionName
  includeHeaders: boolean
}

/** What one connector's records go through on their way to the store. */
export interface Dump extends DumpSettings {
  keys: ObjectKeys
  store: Pick<ObjectStore, 'put'>
  logger: Log
  telemetry: Telemetry
}

/** One object is encoded at a time: on a function's one processor more would not be faster, and each needs its memory. */
const inTurn = pLimit(1)

/** Objects of one topic-partition that are on their way at the same time. */
const OBJECTS_AT_ONCE = 8

/**
 * Writes the records of one topic-partition: one object, or one for each path of the partitioner. The same records give
 * the same keys and the same bytes, so that a repeated batch changes nothing. When one object can't be written, the others
 * are given up, and the batch counts as not written.
 *
 * @param records at least one, in the order of their offsets
 */
export async function writeObjects(records: KafkaRecord[], dump: Dump, signal: AbortSignal): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const objects = dump.keys.divide(records)
  try {
    await pMap(objects, object => writeObject(object, dump, either), { concurrency: OBJECTS_AT_ONCE })
  } catch (error) {
    failed.abort()
    throw error
  }
}

async function writeObject({ range, path, records }: ObjectRecords, dump: Dump, signal: AbortSignal): Promise<void> {
  const { keys, store, logger, telemetry } = dump
  const { topic, partition } = range
  const { name, contentType } = formats[dump.format]
  const { extension, contentEncoding } = compressions[dump.compression]
  const body = await inTurn(() =>
    telemetry.step('Encode', { topic, partition }, () => encode(records, dump.format, dump.compression, dump)),
  )
  const key = keys.render({ ...range, path, extension: name + extension })
  const metadata = { ...metadataOf(range), 'record-count': String(records.length) }
  await telemetry.step('Put', { topic, partition, key }, () =>
    store.put({ key, body, contentType, contentEncoding, metadata }, signal),
  )
  telemetry.add('Objects', 1)
  telemetry.add('RecordsOut', records.length)
  telemetry.add('BytesOut', body.length)
  logger.info('Object written', { ...range, records: records.length, bytes: body.length, key })
}

/** What the object's metadata say of its records: their offsets, or the digest that stands for them. */
function metadataOf({ firstOffset, lastOffset, digest }: OffsetRange): Record<string, string> {
  if (digest) return { digest }
  return { 'first-offset': String(firstOffset), 'last-offset': String(lastOffset) }
}
