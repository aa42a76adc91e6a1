import { CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { GroupOffsets } from '../kafka/admin/group-offsets.ts'

/** Records that a topic's consumer group has yet to read; null for a topic that doesn't exist. */
export type Lags = Record<string, number | null>

/** How far each topic's group is behind. A partition without a committed offset counts from its first record. */
export async function lagsOf(
  topics: string[],
  groupOf: (topic: string) => string,
  admin: Pick<ClusterAdmin, 'partitionCounts'>,
  offsets: Pick<GroupOffsets, 'committed' | 'bounds'>,
): Promise<Lags> {
  const counts = await admin.partitionCounts()
  const partitions = topics.flatMap(topic =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  )
  const [committed, bounds] = await Promise.all([
    offsets.committed([...new Set(topics.map(groupOf))]),
    offsets.bounds(partitions),
  ])
  const lagOf = (topic: string) => {
    const group = groupOf(topic)
    const ofGroup = committed.get(group)
    if (!ofGroup) throw new CodedError('KAFKA_ACCESS_DENIED', `DESCRIBE of the group ${group} is not allowed.`)
    const positions = ofGroup.filter(position => position.topic === topic)
    const reached = new Map(positions.map(({ partition, offset }) => [partition, offset]))
    return [...(bounds.get(topic) ?? [])].reduce(
      (sum, [partition, { start, end }]) => sum + Math.max(end - Math.max(reached.get(partition) ?? start, start), 0),
      0,
    )
  }
  return Object.fromEntries(topics.map(topic => [topic, counts.has(topic) ? lagOf(topic) : null]))
}
