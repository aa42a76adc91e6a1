import { PartitionMap } from '../../partition-map.ts'
import { subjectOf } from '../../replication/offsets/checkpoint.ts'
import { failoverStart } from '../../replication/offsets/failover.ts'
import type { Checkpoint } from '../../replication/offsets/mirror-records.ts'
import type { ReplicatedGroup, ReplicatedPosition } from '../api/index.ts'
import type { OpenedReplication } from './opened-replication.ts'
import { sumOf, unreadIn } from './partitions.ts'

/** A group in one partition, as far as either cluster knows it. */
interface Place {
  group: string
  topic: string | null
  target: string
  partition: number
  committed: number | null
}

/** The positions of all groups that are translated, by group, topic and partition. */
export function positionsOf(opened: OpenedReplication): ReplicatedPosition[] {
  const { source, target, checkpoints, maps } = opened.known
  const onTarget = new Map(
    Array.from(target.value?.groups ?? [], ([group, positions]) => [
      group,
      new PartitionMap(positions.map(position => [position, position.offset])),
    ]),
  )
  const shared = sharedTopics(opened)
  return placesOf(opened).map(place => {
    const { group, topic, partition, committed } = place
    const checkpoint = checkpoints.value?.newest.get(subjectOf({ group, topic: place.target, partition }))
    const own = onTarget.get(group)?.get({ topic: place.target, partition })
    const log = topic === null ? undefined : source.value?.bounds.get(topic)?.get(partition)
    const translated =
      topic === null || committed === null ? undefined : maps.value?.of(topic, partition)?.translate(committed)
    const { next, again } = failoverStart({
      ...{ translated, checkpoint: checkpoint?.targetOffset, onTarget: own },
      log: target.value?.bounds.get(place.target)?.get(partition),
    })
    return {
      ...place,
      unread: log && committed !== null ? unreadIn(log, committed) : null,
      checkpoint: checkpoint ? { source: checkpoint.sourceOffset, target: checkpoint.targetOffset } : null,
      translated: translated ?? null,
      onTarget: own ?? null,
      next,
      // The checkpoint may be that of a position in another topic.
      again: shared.has(place.target) ? null : again,
    }
  })
}

/** Places of the source, or of the checkpoints as long as the source has not answered. */
function placesOf({ settings, known }: OpenedReplication): Place[] {
  const { policy, sourceAlias } = settings.replication
  const { source, checkpoints } = known
  const places = source.value
    ? Array.from(source.value.groups, ([group, positions]) =>
        positions.map(({ topic, partition, offset }) => {
          return { group, topic, target: policy.remoteTopic(sourceAlias, topic), partition, committed: offset }
        }),
      ).flat()
    : Array.from(checkpoints.value?.newest.values() ?? [], ({ group, topic, partition }: Checkpoint) => {
        return { group, topic: policy.upstreamTopic(topic) ?? null, target: topic, partition, committed: null }
      })
  return places.toSorted(
    (one, other) =>
      order(one.group, other.group) || order(one.target, other.target) || order(one.partition, other.partition),
  )
}

/** Much faster than by the rules of a language, for hundreds of thousands of positions. */
function order<T extends string | number>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Topics of the target that get the records of several topics. */
function sharedTopics({ settings, known }: OpenedReplication): Set<string> {
  const { policy, sourceAlias } = settings.replication
  const topics = [...(known.source.value?.topics.keys() ?? [])]
  const byTarget = Map.groupBy(topics, topic => policy.remoteTopic(sourceAlias, topic))
  return new Set(Array.from(byTarget).flatMap(([target, some]) => (some.length > 1 ? [target] : [])))
}

/** What these positions say about each group. */
export function groupsOf(positions: ReplicatedPosition[], { known }: OpenedReplication): ReplicatedGroup[] {
  return Array.from(
    Map.groupBy(positions, ({ group }) => group),
    ([group, own]) => {
      const again = own.map(position => position.again ?? 0)
      return {
        group,
        states: {
          source: known.source.value?.states.get(group) ?? null,
          target: known.target.value?.states.get(group) ?? null,
        },
        positions: own.length,
        undecided: own.filter(({ next }) => next === null).length,
        unread: sumOf(own.map(({ unread }) => unread)),
        again: again.reduce((sum, one) => sum + Math.max(one, 0), 0),
        passedOver: again.reduce((sum, one) => sum + Math.max(-one, 0), 0),
        unclear: own.filter(position => position.next !== null && position.again === null).length,
      }
    },
  )
}
