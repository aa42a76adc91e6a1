import { setTimeout as sleep } from 'node:timers/promises'
import pMap from 'p-map'
import { asCodedError, CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { GroupOffsets } from '../kafka/admin/group-offsets.ts'
import type { PartitionRecords } from '../kafka/read/partition-records.ts'

/** How far a consumer group has come in one partition. */
export interface PartitionPosition {
  partition: number
  /** The offset at which the group continues; null when it has committed none. */
  committed: number | null
  /** First offset, and the one behind the last record; null while the partition has no leader. */
  start: number | null
  end: number | null
  /** Records produced since the time that was asked for; null when none was. */
  produced: number | null
  /** Timestamp of the next unread record, in milliseconds since the epoch; null when there is none. */
  nextTimestamp: number | null
  /** Why that is not known. */
  nextUnknown?: string
}

/** The partitions of each topic, in their order; null for a topic that doesn't exist. */
export type Positions = Record<string, PartitionPosition[] | null>

export interface PositionsAsked {
  topics: string[]
  /** In milliseconds since the epoch. */
  since?: number
  groupOf(topic: string): string
  /** When the answer has to be there, in milliseconds since the epoch. */
  deadline: number
}

export interface PositionsCluster {
  admin: Pick<ClusterAdmin, 'partitionCounts'>
  offsets: Pick<GroupOffsets, 'committed' | 'bounds' | 'since'>
  records: Pick<PartitionRecords, 'first'>
}

/** Partitions whose next record is fetched at the same time: each request waits for one round trip. */
const AT_ONCE = 32

/** The time for all next records, in milliseconds: whoever asks is looking at a terminal. */
const NEXT_MS = 5_000

/**
 * How far each topic's group has come, and how old the next record of each partition is. Looks at timestamps only.
 *
 * @throws CodedError `KAFKA_ACCESS_DENIED` when the group may not be described, and those of the clients
 */
export async function positionsOf(asked: PositionsAsked, cluster: PositionsCluster): Promise<Positions> {
  const found = await boundsOf(asked, cluster)
  const end = Math.min(Date.now() + NEXT_MS, asked.deadline)
  const waiting = Object.entries(found).flatMap(([topic, positions]) =>
    (positions ?? []).filter(position => unreadOf(position)).map(position => ({ topic, position })),
  )
  const look = ({ topic, position }: (typeof waiting)[number]) => lookAtNext(topic, position, cluster.records, end)
  await pMap(waiting, look, { concurrency: AT_ONCE })
  return found
}

/** Records that the group has yet to read; null when that can't be known. Without a committed offset, all that the topic has. */
export function unreadOf({ committed, start, end }: Pick<PartitionPosition, 'committed' | 'start' | 'end'>) {
  return start === null || end === null ? null : Math.max(end - Math.max(committed ?? start, start), 0)
}

async function boundsOf({ topics, since, groupOf }: PositionsAsked, { admin, offsets }: PositionsCluster) {
  const counts = await admin.partitionCounts()
  const partitions = topics.flatMap(topic =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  )
  const [committed, bounds, starts] = await Promise.all([
    offsets.committed([...new Set(topics.map(groupOf))]),
    offsets.bounds(partitions),
    since === undefined ? undefined : offsets.since(partitions, since),
  ])
  const positionsOf = (topic: string): PartitionPosition[] => {
    const ofGroup = committed.get(groupOf(topic))
    if (!ofGroup) throw new CodedError('KAFKA_ACCESS_DENIED', `DESCRIBE of the group ${groupOf(topic)} is not allowed.`)
    const own = ofGroup.filter(position => position.topic === topic)
    const reached = new Map(own.map(({ partition, offset }) => [partition, offset]))
    return Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => {
      const { start = null, end = null } = bounds.get(topic)?.get(partition) ?? {}
      const first = starts?.get(topic)?.get(partition) ?? end
      const produced = starts && end !== null && first !== null ? Math.max(end - first, 0) : null
      return { partition, committed: reached.get(partition) ?? null, start, end, produced, nextTimestamp: null }
    })
  }
  const found: Positions = {}
  for (const topic of topics) found[topic] = counts.has(topic) ? positionsOf(topic) : null
  return found
}

/** Sets the timestamp of the next record. What can't be read in time must not cost the rest of the answer. */
async function lookAtNext(
  topic: string,
  position: PartitionPosition,
  records: PositionsCluster['records'],
  end: number,
): Promise<void> {
  const left = end - Date.now()
  const { partition, committed, start } = position
  const range = { topic, partition, from: Math.max(committed ?? 0, start ?? 0), end: position.end ?? 0 }
  const inTime = new AbortController()
  const tooLate = sleep(Math.max(left, 0), 'late' as const, { signal: inTime.signal }).catch(() => 'late' as const)
  try {
    const next = left > 0 ? await Promise.race([records.first(range), tooLate]) : 'late'
    if (next === 'late') position.nextUnknown = `there was no answer within ${NEXT_MS / 1000} s`
    // A record without a timestamp has -1, and what lies before an open transaction's end can't be seen.
    else if (next && next.timestamp >= 0) position.nextTimestamp = next.timestamp
    else position.nextUnknown = next ? 'the record has no timestamp' : 'the record is not committed yet'
  } catch (error) {
    position.nextUnknown = asCodedError(error).message
  } finally {
    inTime.abort()
  }
}
