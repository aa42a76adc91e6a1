import { type CompressionName, compressions } from './formats/compression.ts'
import { encode } from './formats/encode.ts'
import { type FormatName, formats } from './formats/index.ts'
import { renderObjectKey } from './objects/key.ts'
import type { Log } from './observability/logger.ts'
import type { KafkaRecord } from './record.ts'
import type { ObjectStore } from './s3/store.ts'

export interface DumpSettings {
  format: FormatName
  compression: CompressionName
  includeHeaders: boolean
  /** Folder in the bucket; `''` for its root. */
  prefix: string
  offsetPadWidth: number
}

/**
 * Writes the records of one topic-partition as one object. The same records give the same key and the same bytes, so
 * that a repeated batch changes nothing.
 *
 * @param records at least one, in the order of their offsets
 */
export async function writeObject(
  records: KafkaRecord[],
  settings: DumpSettings,
  store: ObjectStore,
  logger: Log,
  signal?: AbortSignal,
): Promise<void> {
  const format = formats[settings.format]
  const compression = compressions[settings.compression]
  const range = rangeOf(records)
  const body = await encode(records, settings.format, settings.compression, settings)
  const extension = `${format.name}${compression.extension}`
  const key = renderObjectKey(range, { prefix: settings.prefix, extension, padWidth: settings.offsetPadWidth })
  const metadata = {
    'first-offset': String(range.firstOffset),
    'last-offset': String(range.lastOffset),
    'record-count': String(records.length),
  }
  const { contentType } = format
  await store.put({ key, body, contentType, contentEncoding: compression.contentEncoding, metadata }, signal)
  logger.info('Object written', { ...range, records: records.length, bytes: body.length, key })
}

function rangeOf(records: KafkaRecord[]) {
  const first = records[0] as KafkaRecord
  const last = records.at(-1) as KafkaRecord
  return { topic: first.topic, partition: first.partition, firstOffset: first.offset, lastOffset: last.offset }
}
