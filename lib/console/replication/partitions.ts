import type { LogBounds } from '../../kafka/admin/group-offsets.ts'
import type { ReplicatedPartition } from '../api/index.ts'
import type { OpenedReplication } from './opened-replication.ts'

/** Records behind a position; the whole partition when there is none. */
export function unreadIn({ start, end }: LogBounds, position: number | null): number {
  return Math.max(end - Math.max(position ?? start, start), 0)
}

/** Every replicated partition, in order, with what is known of it on both clusters. */
export function partitionsOf({ settings, known }: OpenedReplication): ReplicatedPartition[] {
  const { policy, sourceAlias } = settings.replication
  const { topics = new Map<string, number>(), bounds, reached } = known.source.value ?? {}
  return Array.from(topics, ([topic, count]) => {
    const target = policy.remoteTopic(sourceAlias, topic)
    const positions = new Map(
      reached
        ?.get(topic)
        ?.filter(position => position.topic === topic)
        .map(({ partition, offset }) => [partition, offset]),
    )
    return Array.from({ length: count }, (_, partition): ReplicatedPartition => {
      const log = bounds?.get(topic)?.get(partition)
      const committed = positions.get(partition) ?? null
      return {
        ...{ topic, partition, target },
        source: log ? { ...log, committed } : null,
        behind: log ? unreadIn(log, committed) : null,
        copy: known.target.value?.bounds.get(target)?.get(partition) ?? null,
      }
    })
  }).flat()
}

/** The sum; null when one of them is not known. */
export function sumOf(numbers: (number | null)[]): number | null {
  return numbers.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0)
}
