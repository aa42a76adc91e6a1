import pLimit from 'p-limit'
import { type CompressionName, compressions } from './formats/compression.ts'
import { encode } from './formats/encode.ts'
import { type FormatName, formats } from './formats/index.ts'
import { renderObjectKey } from './objects/key.ts'
import type { Log } from './observability/logger.ts'
import type { Telemetry } from './observability/telemetry.ts'
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

/** What one connector's records go through on their way to the store. */
export interface Dump extends DumpSettings {
  store: Pick<ObjectStore, 'put'>
  logger: Log
  telemetry: Telemetry
}

/** One partition is encoded at a time: on a function's one processor more would not be faster, and each needs its memory. */
const inTurn = pLimit(1)

/**
 * Writes the records of one topic-partition as one object. The same records give the same key and the same bytes, so
 * that a repeated batch changes nothing.
 *
 * @param records at least one, in the order of their offsets
 */
export async function writeObject(
  records: KafkaRecord[],
  { store, logger, telemetry, ...settings }: Dump,
  signal?: AbortSignal,
): Promise<void> {
  const format = formats[settings.format]
  const compression = compressions[settings.compression]
  const range = rangeOf(records)
  const { topic, partition } = range
  const body = await inTurn(() =>
    telemetry.step('Encode', { topic, partition }, () =>
      encode(records, settings.format, settings.compression, settings),
    ),
  )
  const extension = `${format.name}${compression.extension}`
  const key = renderObjectKey(range, { prefix: settings.prefix, extension, padWidth: settings.offsetPadWidth })
  const metadata = {
    'first-offset': String(range.firstOffset),
    'last-offset': String(range.lastOffset),
    'record-count': String(records.length),
  }
  const object = { key, body, contentType: format.contentType, contentEncoding: compression.contentEncoding, metadata }
  await telemetry.step('Put', { topic, partition, key }, () => store.put(object, signal))
  telemetry.add('Objects', 1)
  telemetry.add('RecordsOut', records.length)
  telemetry.add('BytesOut', body.length)
  logger.info('Object written', { ...range, records: records.length, bytes: body.length, key })
}

function rangeOf(records: KafkaRecord[]) {
  const first = records[0] as KafkaRecord
  const last = records.at(-1) as KafkaRecord
  return { topic: first.topic, partition: first.partition, firstOffset: first.offset, lastOffset: last.offset }
}
