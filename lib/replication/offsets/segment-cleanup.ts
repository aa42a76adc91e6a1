import type { GroupOffsets, LogBounds } from '../../kafka/admin/group-offsets.ts'
import type { KnownSegment } from './known-segments.ts'
import { encodeSegment } from './offset-map-segment.ts'
import { type SyncRecord, toSyncRecord } from './offset-sync.ts'
import { mergeSegments } from './segment-merge.ts'

/** How many segments of offset maps a clean-up deleted, and why. */
export interface CleanedSegments {
  /** Their records are gone from the source, so no group can have a position there. */
  segmentsDeleted: number
  /** Others hold all that they did. */
  segmentsMerged: number
}

/**
 * Records of one request, about 100 bytes each. A merged segment and the deletion of its parts are never in two requests, so
 * a clean-up that is cut off leaves no segment that is in another one.
 */
const REQUEST_RECORDS = 2_000

/**
 * Deletes the segments that are no longer needed. The newest one of each partition always stays, because its writer may go
 * on with it.
 *
 * @param segments of each partition, in the order in which they were begun
 * @param send writes records to the topic of offset maps
 * @throws CodedError
 */
export async function cleanSegments(
  segments: KnownSegment[][],
  source: Pick<GroupOffsets, 'bounds'>,
  send: (records: SyncRecord[]) => Promise<unknown>,
): Promise<CleanedSegments> {
  const several = segments.filter(({ length }) => length > 1)
  if (several.length === 0) return { segmentsDeleted: 0, segmentsMerged: 0 }
  const bounds = await source.bounds(several.flatMap(([segment]) => segment ?? []))
  const gone = several.flatMap(list => list.slice(0, -1).filter(segment => isGone(segment, bounds)))
  const isLeft = (segment: KnownSegment, index: number, { length }: KnownSegment[]) =>
    index === length - 1 || !isGone(segment, bounds)
  const merges = several.flatMap(list => mergeSegments(list.filter(isLeft)))
  const units = [
    ...gone.map(segment => [deletionOf(segment)]),
    ...merges.map(({ segment, parts }) => [toSyncRecord(encodeSegment(segment)), ...parts.map(deletionOf)]),
  ]
  for (const records of requestsOf(units)) await send(records)
  return {
    segmentsDeleted: gone.length,
    segmentsMerged: merges.reduce((sum, { parts }) => sum + parts.length, 0),
  }
}

function isGone({ topic, partition, sourceEnd }: KnownSegment, bounds: Map<string, Map<number, LogBounds>>): boolean {
  const start = bounds.get(topic)?.get(partition)?.start
  return start !== undefined && sourceEnd <= start
}

function deletionOf({ key }: KnownSegment): SyncRecord {
  return toSyncRecord({ key: Buffer.from(key, 'latin1'), value: null })
}

/** Puts the records of as many units as possible into one request, and never divides a unit. */
function requestsOf(units: SyncRecord[][]): SyncRecord[][] {
  const requests: SyncRecord[][] = []
  for (const unit of units) {
    const last = requests.at(-1)
    if (last && last.length + unit.length <= REQUEST_RECORDS) for (const record of unit) last.push(record)
    else requests.push([...unit])
  }
  return requests
}
