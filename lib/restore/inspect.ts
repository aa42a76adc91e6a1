import pMap from 'p-map'
import { type DumpedPartition, noFindings } from '../dumped/dumped-records.ts'
import { noRecordSelected } from '../dumped/nothing-found.ts'
import { CodedError } from '../error.ts'
import type { TopicPartition } from '../record.ts'
import type { RestoredPartition } from './report.ts'
import type { RestoreRequest } from './request.ts'
import type { Restoration, RestoreTime } from './restoration.ts'

/** Topic-partitions that are read at a time. See `restoreAll`. */
const PLACES_AT_ONCE = 3

/** Missing ranges that a message names. */
const NAMED_RANGES = 5

export type Inspected = Pick<RestoreRequest, 'selection' | 'strict' | 'skipCorrupt'>
type InspectionTime = Pick<RestoreTime, 'signal'>

/**
 * Reads the dump before anything is changed: all of it if offsets may not be missing, else until there is a record for each topic
 * that is deleted first.
 *
 * @param purged what is restored to topics that are deleted, by their names
 * @throws CodedError `RESTORE_OFFSETS_MISSING`, `RESTORE_CONFLICTS`, `RESTORE_NOTHING_FOUND`, `OUT_OF_TIME`, and those of reading
 */
export async function inspectDump(
  restoration: Restoration,
  request: Inspected,
  places: readonly DumpedPartition[],
  purged: ReadonlyMap<string, readonly DumpedPartition[]>,
  time: InspectionTime,
): Promise<void> {
  try {
    if (request.strict) await requireComplete(restoration, request, places, time)
    for (const own of purged.values())
      if (!(await hasRecord(restoration, request, own, time))) throw noRecordSelected(own.length)
  } catch (thrown) {
    if (!time.signal.aborted) throw thrown
    const message =
      'The time was over, or the restore was ended, while its dump was read to the end as strict demands, or for a first record. Nothing was changed. Where an invocation has too little time, a dry run shows what is missing, and a restore without strict follows it.'
    throw new CodedError('OUT_OF_TIME', message, { cause: thrown })
  }
}

async function requireComplete(
  { dumped }: Restoration,
  { selection, skipCorrupt }: Inspected,
  places: readonly DumpedPartition[],
  { signal }: InspectionTime,
): Promise<void> {
  const read = async (place: DumpedPartition) => {
    const findings = noFindings()
    for await (const _ of dumped.read(place, selection, { skipCorrupt, signal, findings })) signal.throwIfAborted()
    const error = missingError(place, findings) ?? conflictsError(place, findings)
    if (error) throw error
  }
  await pMap(places, read, { concurrency: PLACES_AT_ONCE })
}

async function hasRecord(
  { dumped }: Restoration,
  { selection, skipCorrupt }: Inspected,
  places: readonly DumpedPartition[],
  { signal }: InspectionTime,
): Promise<boolean> {
  for (const place of places)
    for await (const { records } of dumped.read(place, selection, { skipCorrupt, signal, findings: noFindings() }))
      if (records.length > 0) return true
  return false
}

/** The error of a strict restore for offsets that are missing; undefined when none are. */
export function missingError(
  { topic, partition }: TopicPartition,
  { missing, missingOffsets: offsets }: Pick<RestoredPartition, 'missing' | 'missingOffsets'>,
): CodedError | undefined {
  const [first] = missing
  if (!first) return undefined
  const named = missing
    .slice(0, NAMED_RANGES)
    .map(([from, count]) => (count === 1 ? from : `${from}-${from + count - 1}`))
  const more = missing.length > NAMED_RANGES ? ', …' : ''
  const message = `The dump lacks ${offsets} offsets of ${topic}-${partition}: ${named.join(', ')}${more}`
  return new CodedError('RESTORE_OFFSETS_MISSING', message, { topic, partition, offset: first[0] })
}

/** The error of records that differ although they have one offset; undefined when there are none. */
export function conflictsError(
  { topic, partition }: TopicPartition,
  { conflicts }: Pick<RestoredPartition, 'conflicts'>,
): CodedError | undefined {
  if (conflicts === 0) return undefined
  const message = `Of ${conflicts} offsets of ${topic}-${partition}, objects of the dump have different records. Of each, that of the compacted or newest object counts: the topic may be a mixture of two`
  return new CodedError('RESTORE_CONFLICTS', message, { topic, partition })
}
