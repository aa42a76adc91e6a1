import { type DumpedPartition, noFindings } from '../dumped/dumped-records.ts'
import type { TopicPartition } from '../record.ts'
import { missingError } from './inspect.ts'
import type { RestoreRequest } from './request.ts'
import type { Restoration, RestoreTime } from './restoration.ts'

/** How far a dump was read: everything before it is complete. */
export interface ReadPosition extends TopicPartition {
  offset: number
}

/**
 * Reads a dump on, to find out whether offsets are missing, until the time is over. One topic-partition comes after the other, so
 * that one position says what is done.
 *
 * @param from where another invocation has ended; undefined: at the beginning
 * @returns where to continue; undefined when everything was read
 * @throws CodedError `RESTORE_OFFSETS_MISSING`, and those of reading
 */
export async function checkComplete(
  { dumped }: Pick<Restoration, 'dumped'>,
  request: Pick<RestoreRequest, 'selection' | 'skipCorrupt'>,
  places: readonly DumpedPartition[],
  from: ReadPosition | undefined,
  time: Pick<RestoreTime, 'deadline' | 'signal'>,
): Promise<ReadPosition | undefined> {
  const { selection, skipCorrupt } = request
  const left = places.toSorted(byPlace).filter(place => !from || byPlace(place, from) >= 0)
  for (const place of left) {
    const { topic, partition } = place
    const begin = from && byPlace(place, from) === 0 ? from.offset : 0
    let position = { topic, partition, offset: begin }
    const findings = noFindings()
    const options = { skipCorrupt, signal: time.signal, findings, after: begin - 1 }
    try {
      for await (const { next } of dumped.read(place, selection, options)) {
        position = { topic, partition, offset: next }
        if (time.signal.aborted || Date.now() >= time.deadline) break
      }
    } catch (thrown) {
      if (!time.signal.aborted) throw thrown
    }
    const error = missingError(place, findings)
    if (error) throw error
    if (time.signal.aborted || Date.now() >= time.deadline) return position
  }
  return undefined
}

function byPlace(one: TopicPartition, other: TopicPartition): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1
  return one.partition - other.partition
}
