import type { RestoredPartition, RestoreReport } from './report.ts'

/** Sums over topic-partitions. */
export interface RestoreSum {
  places: number
  records: number
  /** Of keys, values and headers. */
  bytes: number
  present: number
  produced: number
  /** Offsets that no object has. */
  missing: number
  duplicates: number
  conflicts: number
  /** Objects that were passed over. */
  corrupt: number
}

export function sumOf(places: readonly RestoredPartition[]): RestoreSum {
  const sum = (of: (place: RestoredPartition) => number) => places.reduce((total, place) => total + of(place), 0)
  return {
    places: places.length,
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    present: sum(({ present }) => present),
    produced: sum(({ produced }) => produced),
    missing: sum(({ missingOffsets }) => missingOffsets),
    duplicates: sum(({ duplicates }) => duplicates),
    conflicts: sum(({ conflicts }) => conflicts),
    corrupt: sum(({ corrupt }) => corrupt.length),
  }
}

export const placesOf = ({ topics }: Pick<RestoreReport, 'topics'>) => topics.flatMap(({ places }) => places)

/** Whether something about a topic-partition deserves a look. */
export function isRemarkable(place: RestoredPartition): boolean {
  const { missing, conflicts, corrupt } = sumOf([place])
  return missing > 0 || conflicts > 0 || corrupt > 0 || hasOtherDigest(place)
}

/** Whether all that a run has read was produced, but not as it was read. So it is with a header that a restore adds to each record. */
export function hasOtherDigest({ records, produced, digestRead, digestProduced }: RestoredPartition): boolean {
  return produced > 0 && produced === records && digestRead !== digestProduced
}
