import pMap from 'p-map'
import { CommandError } from '../../connectors/commands/command.ts'
import type { PartitionBounds, PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { RecordsArgs } from '../api/index.ts'
import { type Continuation, continuationText, parseContinuation } from './continuation.ts'
import { PartitionWalk, type Walked, type WalkOptions } from './partition-walk.ts'

export type PageAsked = Pick<RecordsArgs, 'topic' | 'partition' | 'from' | 'key' | 'limit'>

/** Some records of a topic, and where the next ones are. */
export interface RecordsPage {
  walked: Walked[]
  next: string | null
  searched: number
  left: number
}

/** How long a page may look for its records before it answers with those that it has, in milliseconds. */
const PAGE_MS = 2_500

/** Partitions that are read at the same time: each fetch takes a round trip, and memory for its batch. */
const AT_ONCE = 16

/** Offsets of a search's first window in a partition: most of them don't have the key. */
const SEARCH_WINDOW = 256

/**
 * Reads a page of a topic's records across its partitions: merged by timestamp, without changing the order within a partition.
 *
 * @throws CommandError when the topic or the partition doesn't exist
 * @throws CodedError when the cluster doesn't answer, or refuses
 */
export async function recordsPage(
  asked: PageAsked,
  kafka: Pick<PartitionRecords, 'bounds' | 'read'>,
  { isDecoded, signal }: Pick<WalkOptions, 'isDecoded' | 'signal'>,
): Promise<RecordsPage> {
  const deadline = Date.now() + PAGE_MS
  const { topic, limit, key } = asked
  const { isBackward, ranges } = await rangesOf(asked, kafka)
  const wanted = key === undefined ? undefined : Buffer.from(key, 'base64')
  const isWanted: WalkOptions['isWanted'] = wanted ? ({ key }) => key?.equals(wanted) ?? false : () => true
  const options = { topic, limit, isBackward, isWanted, isDecoded, signal }
  const window = wanted ? SEARCH_WINDOW : Math.min(limit, Math.ceil((2 * limit) / Math.max(ranges.length, 1)))
  const walks = ranges.map(range => new PartitionWalk(kafka, options, range, window))
  await pMap(walks, walk => walk.fill(deadline), { concurrency: AT_ONCE })
  const walked = await merge(walks, { limit, isBackward, deadline })
  return {
    walked,
    next: nextOf(walks, isBackward),
    searched: total(walks, ({ searched }) => searched),
    left: total(walks, ({ left }) => left),
  }
}

interface Ranges {
  isBackward: boolean
  ranges: { partition: number; low: number; high: number }[]
}

/** What is left of each partition. */
async function rangesOf(asked: PageAsked, kafka: Pick<PartitionRecords, 'bounds'>): Promise<Ranges> {
  const { topic, from, partition } = asked
  const since = typeof from === 'object' && 'time' in from ? from.time : undefined
  const bounds = await kafka.bounds(topic, since)
  if (bounds.size === 0) throw new CommandError(`The topic ${topic} does not exist.`)
  if (partition !== undefined && !bounds.has(partition))
    throw new CommandError(`The topic ${topic} has no partition ${partition}; it has ${bounds.size}, from 0 on.`)
  const continued = typeof from === 'object' && 'next' in from ? continuationOf(from.next) : undefined
  const isBackward = continued?.isBackward ?? from === 'newest'
  const first = typeof from === 'object' && 'offset' in from ? from.offset : 0
  const ranges = [...bounds].flatMap(([number, { start, end }]: [number, PartitionBounds]) => {
    const place = continued ? continued.places.get(number) : isBackward ? end : first
    if (place === undefined || (partition !== undefined && number !== partition)) return []
    // What retention has removed in the meantime is passed over.
    const [low, high] = isBackward ? [start, Math.min(place, end)] : [Math.max(place, start), end]
    return low < high ? [{ partition: number, low, high }] : []
  })
  return { isBackward, ranges }
}

function continuationOf(text: string): Continuation {
  const continuation = parseContinuation(text)
  if (!continuation) throw new CommandError('from.next: expected what an answer before has as next.')
  return continuation
}

/** Takes the next record of all walks again and again. */
async function merge(
  walks: PartitionWalk[],
  { limit, isBackward, deadline }: { limit: number; isBackward: boolean; deadline: number },
): Promise<Walked[]> {
  const merged: Walked[] = []
  const isBefore = (one: number, other: number) => (isBackward ? one > other : one < other)
  while (merged.length < limit) {
    let first: PartitionWalk | undefined
    for (const walk of walks) {
      if (walk.head && (!first?.head || isBefore(timeOf(walk.head), timeOf(first.head)))) first = walk
    }
    const record = first?.take()
    if (!first || !record) break
    merged.push(record)
    if (merged.length < limit) await first.fill(deadline)
  }
  return merged
}

/** Records without a timestamp are as old as can be. */
function timeOf({ timestamp }: { timestamp: number | null }): number {
  return timestamp ?? -1
}

function nextOf(walks: PartitionWalk[], isBackward: boolean): string | null {
  const places = walks.flatMap(({ partition, place }) => (place === undefined ? [] : [[partition, place] as const]))
  return places.length === 0 ? null : continuationText({ isBackward, places: new Map(places) })
}

function total(walks: PartitionWalk[], of: (walk: PartitionWalk) => number): number {
  return walks.reduce((sum, walk) => sum + of(walk), 0)
}
