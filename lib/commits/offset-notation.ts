import type { OffsetRuns } from '../staging/staged-object.ts'
import { unite } from './offset-runs.ts'

/** Offsets by topic and partition. */
export type PlacedOffsets = Record<string, Record<number, OffsetRuns>>

/** What a person may write for offsets: reads after "expected". */
export const OFFSETS_EXPECTED = 'topic-partition:offsets such as orders-0:3,50-60, several separated by commas'

/** A topic's name may contain hyphens and digits, so its partition is behind the last hyphen before the colon. */
const PLACE = /^([A-Za-z0-9._-]{1,249})-(\d{1,10}):(.*)$/
const RANGE = /^(\d{1,16})(?:-(\d{1,16}))?$/

/**
 * Reads offsets and ranges of them, whose ends are included: `orders-0:3,50-60`. What follows a topic-partition belongs to it
 * until the next one: `orders-0:3,50-60,orders-1:7`.
 *
 * @returns undefined for text in another notation
 */
export function parseOffsets(text: string): PlacedOffsets | undefined {
  const topics = new Map<string, Map<number, OffsetRuns>>()
  let runs: OffsetRuns | undefined
  for (const part of text.split(',')) {
    const [, topic, partition = '', behind] = PLACE.exec(part.trim()) ?? []
    if (topic !== undefined) runs = runsAt(topics, topic, Number(partition))
    const run = runOf(behind ?? part)
    if (!runs || !run) return undefined
    runs.push(run)
  }
  return Object.fromEntries(
    Array.from(topics, ([topic, partitions]) => [
      topic,
      Object.fromEntries(Array.from(partitions, ([partition, runs]) => [partition, unite(runs)])),
    ]),
  )
}

/** Offsets in the notation that {@link parseOffsets} reads. */
export function offsetsText(offsets: PlacedOffsets): string {
  return Object.entries(offsets)
    .flatMap(([topic, partitions]) =>
      Object.entries(partitions).map(([partition, runs]) => `${topic}-${partition}:${runsText(runs)}`),
    )
    .join(',')
}

/** Runs of offsets as a person writes them: `3,50-60`. */
export function runsText(runs: OffsetRuns): string {
  return runs.map(([first, count]) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`)).join(',')
}

function runsAt(topics: Map<string, Map<number, OffsetRuns>>, topic: string, partition: number): OffsetRuns {
  const partitions = topics.get(topic) ?? new Map<number, OffsetRuns>()
  const runs = partitions.get(partition) ?? []
  topics.set(topic, partitions.set(partition, runs))
  return runs
}

function runOf(text: string): OffsetRuns[number] | undefined {
  const [, from, to = from] = RANGE.exec(text.trim()) ?? []
  const [first, last] = [Number(from), Number(to)]
  return Number.isSafeInteger(last) && first <= last ? [first, last - first + 1] : undefined
}
