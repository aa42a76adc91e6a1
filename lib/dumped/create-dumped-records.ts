import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { ahead } from './ahead.ts'
import { batchesOf } from './batches.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { DumpedPartition, DumpedRecords, ReadingOptions, RecordSelection } from './dumped-records.ts'
import { whatIsThere } from './elsewhere.ts'
import { recordsInOrder } from './in-order.ts'
import { MissingOffsets } from './missing-offsets.ts'
import { OpenedDumps, type PlaceObjects } from './opened-dumps.ts'
import { Reading } from './reading.ts'
import { isSelectedPlace, isSelectedTopic, selectedRecords } from './selected.ts'

/**
 * Dumps as one source of records: of each offset that several of them have, one record comes.
 *
 * @param sources one at least
 */
export function createDumpedRecords(sources: readonly DumpSource[]): DumpedRecords {
  const opened = new OpenedDumps(sources)
  return {
    losses: [...new Set(sources.flatMap(({ layout }) => layout.losses))],
    topics: () => opened.topics(),
    elsewhere: async () => (await Promise.all(sources.map(whatIsThere))).flat(),
    async *partitions(selection) {
      for (const topic of await opened.topics()) {
        if (!isSelectedTopic(topic, selection)) continue
        for (const [partition, objects] of await opened.counted(topic)) {
          const place = { topic, partition }
          if (objects.length > 0 && isSelectedPlace(place, selection)) yield partitionOf(place, objects)
        }
      }
    },
    async *read(place, selection, options) {
      await opened.reportUnknown(options)
      const { objects, split } = (await opened.places(place.topic, options.signal)).get(place.partition) ?? NOTHING
      yield* ahead(readPlace(place, { objects, split }, selection, options))
    },
    close: () => opened.close(),
  }
}

const NOTHING: PlaceObjects = { objects: [], split: new Map() }

function partitionOf(place: TopicPartition, objects: DumpedObject[]): DumpedPartition {
  const bounds = objects.flatMap(object => object.bounds ?? [])
  const isKnown = bounds.length === objects.length && bounds.every(({ last }) => Number.isFinite(last))
  return {
    ...place,
    ...(isKnown && {
      firstOffset: bounds.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
      lastOffset: bounds.reduce((most, { last }) => Math.max(most, last), 0),
    }),
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  }
}

function readPlace(
  place: TopicPartition,
  { objects, split }: PlaceObjects,
  selection: RecordSelection,
  options: ReadingOptions,
) {
  const { after = -1, findings } = options
  const selected = selectedRecords(place, selection)
  const wanted = objects.filter(object => selected.mayHold(object, after))
  const read = wanted.filter(object => !selected.isOtherTime(object))
  const passedOver = wanted
    .filter(object => selected.isOtherTime(object))
    .flatMap(({ bounds }): OffsetRuns => (bounds ? [[bounds.first, bounds.last - bounds.first + 1]] : []))
  const reading = new Reading(place, options, read, split)
  const isContinued = objects.some(({ bounds }) => bounds && bounds.first <= after)
  const isFromAfter = isContinued || (selected.ranges !== undefined && after >= 0)
  const expected = { ranges: selected.ranges, ...(isFromAfter ? { from: after + 1 } : {}), passedOver }
  const missing = new MissingOffsets({ ...expected, damaged: reading.damaged }, findings)
  return batchesOf(recordsInOrder(read, reading), selected, missing, reading)
}
