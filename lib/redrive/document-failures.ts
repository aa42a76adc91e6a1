import type { TopicPartition } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { NamedBy } from './failed-records.ts'
import type { NamedFailure, NamedPlace } from './failed-source.ts'
import type { FailureDocument } from './failure-document.ts'

/**
 * The failures that a document of Lambda tells. Exactly, if it has the event; otherwise all offsets from the first to the last,
 * of which some may not exist.
 *
 * @param place where the records are that the event has
 * @param named who names the others, which only the source has
 */
export function documentFailures(
  { condition: code, time, batches, groups }: FailureDocument,
  place: NamedPlace,
  named: NamedBy,
): NamedFailure[] {
  if (!batches) {
    return groups.map(({ topic, partition, first, last, timestamps }) => {
      const isDated = timestamps.size > 0
      return {
        topic,
        partition,
        first,
        last,
        code,
        time,
        place: { kind: 'kafka', named, ...(isDated && { timestamps }) },
      }
    })
  }
  return batches.flatMap(({ topic, partition, records, abnormal }) => [
    ...rangesOf({ topic, partition }, records, { code, time, place }),
    // Of what can't be read in the event, the source has the record itself.
    ...rangesOf(
      { topic, partition },
      abnormal.map(({ record }) => record),
      { code, time, place: { kind: 'kafka', named } },
    ),
  ])
}

function rangesOf(
  { topic, partition }: TopicPartition,
  records: { offset: number }[],
  told: Pick<NamedFailure, 'code' | 'time' | 'place'>,
): NamedFailure[] {
  const offsets = records.map(({ offset }) => offset).toSorted((one, other) => one - other)
  const known = new Set(offsets.filter(offset => offset >= 0))
  const ranges = runsOf(known).map(([first, count]) => ({ topic, partition, first, last: first + count - 1, ...told }))
  const unknown = offsets.filter(offset => offset < 0).length
  return unknown > 0 ? [...ranges, { topic, partition, first: -1, last: -1, records: unknown, ...told }] : ranges
}
