import { countOf, holdsOffset } from '../commits/offset-runs.ts'
import { formats } from '../formats/index.ts'
import type { OffsetRuns, StagedFrame } from '../staging/staged-object.ts'
import { committedText } from './committed-reading.ts'
import type { Compaction } from './compaction.ts'
import type { CommittedSource, Sought } from './same-records.ts'

/** Text that is searched at once, at least. */
const BATCH_BYTES = 256 * 1024

/**
 * Whether records can be those of the objects by their timestamps, which are known of a frame as a whole: if only some of its
 * records are in the objects, only some of the timestamps have to be within.
 *
 * @param offsets of the frame's records that the objects have
 */
export function isOfTime(
  { minTimestamp, maxTimestamp, records }: StagedFrame,
  offsets: OffsetRuns,
  sources: CommittedSource[],
) {
  if (maxTimestamp === -1) return true
  const least = sources.reduce((time, { times }) => Math.min(time, times[0]), Number.POSITIVE_INFINITY)
  const greatest = sources.reduce((time, { times }) => Math.max(time, times[1]), Number.NEGATIVE_INFINITY)
  if (countOf(offsets) < records) return least <= maxTimestamp && minTimestamp <= greatest
  return least <= minTimestamp && maxTimestamp <= greatest
}

/**
 * Looks for records in an object that keeps no offsets, and takes those that it finds from `sought`. The same line may be that of
 * another record, so those that the object has are found only if they stand there one behind the other, from the beginning of a
 * line on.
 *
 * @returns whether the object has those that it should have
 * @throws CodedError `STORE_OBJECT_MISSING`
 */
export async function findLines(sought: Sought, source: CommittedSource, compaction: Compaction): Promise<boolean> {
  const { form, records } = sought
  const own = [...records.values()].filter(({ offset }) => holdsOffset(source.offsets, offset))
  if (own.length === 0) return true
  const { joining } = await formats[form.format].load()
  const text = await joining.frame(own, { ...form, compression: 'none' })
  if (!(await holdsLines(source, text, Buffer.from(form.recordSeparator), compaction))) return false
  for (const { offset } of own) records.delete(offset)
  return true
}

async function holdsLines({ key, form }: CommittedSource, text: Buffer, separator: Buffer, compaction: Compaction) {
  const lines = Buffer.concat([separator, text])
  // The text begins with a line, as though a separator stood before it.
  let parts = [separator]
  let bytes = separator.length
  for await (const chunk of committedText(key, form, compaction)) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes < lines.length + BATCH_BYTES) continue
    const searched = Buffer.concat(parts)
    if (searched.includes(lines)) return true
    // Lines may begin in this text and end in the next.
    parts = [searched.subarray(searched.length - lines.length + 1)]
    bytes = lines.length - 1
  }
  return Buffer.concat(parts).includes(lines)
}
