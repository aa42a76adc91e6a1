import type { TopicPartition } from '../record.ts'
import { ahead } from './ahead.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { DumpedPartition, DumpedRecords } from './dumped-records.ts'
import { whatIsThere } from './elsewhere.ts'
import { OpenedDumps } from './opened-dumps.ts'
import { readPlace } from './read-place.ts'
import { isSelectedPlace, isSelectedTopic } from './selected.ts'

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
    elsewhere: async () => (await Promise.all((await opened.empty()).map(whatIsThere))).flat(),
    passedOver: () => opened.passedOver(),
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
      yield* ahead(readPlace(opened, place, selection, options))
    },
    close: () => opened.close(),
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
