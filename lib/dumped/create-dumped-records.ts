import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { ahead } from './ahead.ts'
import { batchesOf } from './batches.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { DumpedPartition, DumpedRecords, ReadingOptions, RecordSelection } from './dumped-records.ts'
import { recordsInOrder } from './in-order.ts'
import { MissingOffsets } from './missing-offsets.ts'
import { Reading } from './reading.ts'
import { isSelectedPlace, selectedRecords } from './selected.ts'

/**
 * Dumps as one source of records: of each offset that several of them have, one record comes.
 *
 * @param sources one at least
 */
export function createDumpedRecords(sources: readonly DumpSource[]): DumpedRecords {
  let catalog: Promise<Catalog> | undefined
  const known = () => {
    catalog ??= readCatalog(sources)
    return catalog
  }

  async function objectsOf({ topic, partition }: TopicPartition): Promise<DumpedObject[]> {
    return (await known()).topics.get(topic)?.get(partition) ?? []
  }

  /** They may have records of any topic-partition, so the first one that is read reports them. */
  async function reportUnknown({ skipCorrupt, findings }: ReadingOptions): Promise<void> {
    const { unknown } = await known()
    if (unknown[0] && !skipCorrupt) throw unknown[0].error
    for (const object of unknown.splice(0)) findings.corrupt.push(object)
  }

  return {
    losses: [...new Set(sources.flatMap(({ layout }) => layout.losses))],
    async *partitions(selection) {
      const { topics, unknown } = await known()
      if (topics.size === 0 && unknown[0]) throw unknown[0].error
      for (const [topic, objects] of topics) {
        for (const [partition, some] of objects) {
          if (partition === 'all') continue
          const place = { topic, partition }
          if (isSelectedPlace(place, selection)) yield partitionOf(place, some)
        }
      }
    },
    async *read(place, selection, options) {
      const objects = await objectsOf(place)
      await reportUnknown(options)
      yield* ahead(readPlace(place, objects, selection, options))
    },
    async close() {
      catalog = undefined
    },
  }
}

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
  objects: DumpedObject[],
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
  const reading = new Reading(place, options, read)
  const isContinued = objects.some(({ bounds }) => bounds && bounds.first <= after)
  const isFromAfter = isContinued || (selected.ranges !== undefined && after >= 0)
  const expected = { ranges: selected.ranges, ...(isFromAfter ? { from: after + 1 } : {}), passedOver }
  const missing = new MissingOffsets({ ...expected, damaged: reading.damaged }, findings)
  return batchesOf(recordsInOrder(read, reading), selected, missing, reading)
}
