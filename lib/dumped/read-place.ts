import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { batchesOf } from './batches.ts'
import type { DumpedBatch, ReadingOptions, RecordSelection } from './dumped-records.ts'
import { recordsInOrder } from './in-order.ts'
import { MissingOffsets } from './missing-offsets.ts'
import { BatchGone } from './object-records.ts'
import type { OpenedDumps, PlaceObjects } from './opened-dumps.ts'
import { Reading } from './reading.ts'
import { selectedRecords } from './selected.ts'

/**
 * The selected records of a topic-partition. When a batch that waited for compaction is gone, the reading continues behind what has
 * come, with the objects that are there now.
 */
export async function* readPlace(
  opened: OpenedDumps,
  place: TopicPartition,
  selection: RecordSelection,
  options: ReadingOptions,
): AsyncGenerator<DumpedBatch> {
  let earlier: Reading | undefined
  while (true) {
    const objects = await opened.place(place, options.signal)
    const going = begin(place, objects, selection, options, earlier)
    earlier = going.reading
    try {
      return yield* going.batches
    } catch (error) {
      if (!(error instanceof BatchGone)) throw error
      if (!(await opened.isTaken(error.object))) going.reading.lost.add(error.object.key)
    }
  }
}

function begin(
  place: TopicPartition,
  { objects, ...more }: PlaceObjects,
  selection: RecordSelection,
  options: ReadingOptions,
  earlier: Reading | undefined,
): { reading: Reading; batches: AsyncGenerator<DumpedBatch> } {
  const after = Math.max(options.after ?? -1, earlier?.position ?? -1)
  const selected = selectedRecords(place, selection)
  const wanted = objects.filter(object => selected.mayHold(object, after))
  const read = wanted.filter(object => !selected.isOtherTime(object))
  const passedOver = wanted
    .filter(object => selected.isOtherTime(object))
    .flatMap(({ bounds }): OffsetRuns => (bounds ? [[bounds.first, bounds.last - bounds.first + 1]] : []))
  const reading = new Reading(place, { ...options, after }, read, more, earlier)
  const isContinued = earlier?.position !== undefined || objects.some(({ bounds }) => bounds && bounds.first <= after)
  const isFromAfter = isContinued || (selected.ranges !== undefined && after >= 0)
  for (const offsets of more.consumed.values()) for (const run of offsets) passedOver.push(run)
  const expected = { ranges: selected.ranges, ...(isFromAfter ? { from: after + 1 } : {}), passedOver }
  const missing = new MissingOffsets({ ...expected, damaged: reading.damaged }, options.findings)
  return { reading, batches: batchesOf(recordsInOrder(read, reading), selected, missing, reading) }
}
