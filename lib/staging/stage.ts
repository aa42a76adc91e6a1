import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { Joining } from '../formats/joining.ts'
import { freeBuffer } from '../free-buffer.ts'
import type { ObjectRecords } from '../objects/key.ts'
import { type EncodedStagedObject, encodeStagedObject, type FrameContent } from './layout.ts'
import { runsOf } from './runs.ts'

/**
 * The staged object of a batch: a frame for each path. The same records and settings always give the same key and bytes.
 *
 * @param prefix the connector's folder, without slashes at either end
 * @param objects at least one, of one topic-partition, with offsets; values that became objects of their own are null
 */
export async function stagedObject(
  prefix: string,
  objects: ObjectRecords<StoredRecord>[],
  form: FormatSettings,
): Promise<EncodedStagedObject> {
  const { joining } = await formats[form.format].load()
  const frames: FrameContent[] = []
  for (const object of objects.toSorted(byPath)) frames.push(await frameOf(object, form, joining))
  const { topic, partition } = (objects[0] as ObjectRecords).range
  const staged = encodeStagedObject(prefix, { topic, partition, form, frames })
  for (const { body } of frames) freeBuffer(body)
  return staged
}

function byPath({ path: a = '' }: ObjectRecords, { path: b = '' }: ObjectRecords): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function frameOf({ path, records }: ObjectRecords<StoredRecord>, form: FormatSettings, joining: Joining) {
  const large = records.filter(({ valueObject }) => valueObject !== undefined).map(({ offset }) => offset)
  const lengths = joining.lengths?.(records, form)
  const frame: FrameContent = {
    body: await joining.frame(records, form),
    records: records.length,
    offsets: runsOf(records.map(({ offset }) => offset)),
    ...timesOf(records),
  }
  if (path !== undefined) frame.path = path
  if (large.length > 0) frame.large = large
  if (lengths) frame.lengths = lengths
  return frame
}

/** Least and greatest timestamp, of the records that have one. */
export function timesOf(records: StoredRecord[]): Pick<FrameContent, 'minTimestamp' | 'maxTimestamp'> {
  let minTimestamp = Number.POSITIVE_INFINITY
  let maxTimestamp = Number.NEGATIVE_INFINITY
  for (const { timestamp } of records) {
    if (timestamp === -1) continue
    if (timestamp < minTimestamp) minTimestamp = timestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
  }
  return minTimestamp > maxTimestamp ? { minTimestamp: -1, maxTimestamp: -1 } : { minTimestamp, maxTimestamp }
}
