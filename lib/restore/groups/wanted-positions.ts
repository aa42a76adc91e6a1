import type { LogBounds } from '../../kafka/admin/group-offsets.ts'
import type { TopicPartition } from '../../record.ts'
import { withinLog } from '../../replication/offsets/consumer-offsets.ts'
import type { GroupStrategy } from '../request.ts'
import type { RestoredOffsets } from '../restored-offsets.ts'
import type { SelectedGroup } from './selected-groups.ts'

/** A topic that was restored. */
export interface RestoredTopicName {
  /** Its name on the source. */
  topic: string
  /** Its name on the target. */
  target: string
  /** The id that stands for it in the offset map of this restore. */
  topicId: string
  /** Of the topic on the target; 0 while it doesn't exist. */
  partitions: number
}

/** What is known of the target when groups are set. */
export interface TargetFacts {
  /** By name on the source. */
  topics: ReadonlyMap<string, RestoredTopicName>
  restored: RestoredOffsets
  /** Whether records stay in the partition of the same number. Otherwise the offset map doesn't say where they are. */
  samePartitions: boolean
  bounds: ReadonlyMap<string, ReadonlyMap<number, LogBounds>>
  /** For the strategy `time`: the first offset from that time on, by topic and partition of the target. */
  fromTime: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Whether a partition of the source belongs to what is restored. */
  selects(source: TopicPartition): boolean
}

/** A position on the target that a group gets. */
export interface WantedPosition extends TopicPartition {
  /** Undefined when it isn't known: no record of the topic is on the target, or the partition doesn't exist. */
  offset: number | undefined
  recorded?: number
  metadata: string
  /** Whether the records are in the order of the source, so that the group reads none again. */
  inOrder: boolean
}

/**
 * The positions that a group gets on the target. Where several topics of the source go to one, the earliest position counts, so
 * that no record is left out; it is unknown when one of them is.
 */
export function wantedPositions(
  { recorded, named }: SelectedGroup,
  strategy: Exclude<GroupStrategy, 'none'>,
  facts: TargetFacts,
): WantedPosition[] {
  const positions =
    strategy === 'recorded'
      ? (recorded ?? []).flatMap(({ topic, partition, offset, metadata }) => {
          const known = facts.topics.get(topic)
          if (!known || !facts.selects({ topic, partition })) return []
          return [{ ...translated(known, partition, offset, facts), recorded: offset, metadata }]
        })
      : placesOf(recorded, named, facts).map(([topic, partition]) => ({
          ...edgeOf(topic, partition, strategy, facts),
          metadata: '',
        }))
  return earliestOfEach(positions)
}

/** The partitions of the topics in which a group has positions; of all topics when only its name is known. */
function placesOf(recorded: SelectedGroup['recorded'], named: boolean, facts: TargetFacts) {
  const own = new Set((recorded ?? []).map(({ topic }) => topic))
  const topics = [...facts.topics.values()].filter(({ topic }) => own.has(topic) || (named && !recorded))
  return topics.flatMap(topic =>
    Array.from({ length: topic.partitions }, (_, partition) => [topic, partition] as const).filter(([, partition]) =>
      facts.samePartitions ? facts.selects({ topic: topic.topic, partition }) : true,
    ),
  )
}

type Placed = Omit<WantedPosition, 'metadata' | 'recorded'>

/** The position of the record that the group would have read next. */
function translated(
  { target: topic, topicId }: RestoredTopicName,
  partition: number,
  position: number,
  facts: TargetFacts,
): Placed {
  const spans = facts.restored.of(topicId, partition)
  const bounds = facts.bounds.get(topic)?.get(partition)
  const offset = spans ? spans.next(position) : startIfEmpty(topicId, bounds, facts)
  return placed({ topic, partition }, offset, bounds, spans?.inOrder)
}

/** The beginning or the end of what was restored, or its first record from a time on. */
function edgeOf(
  { target: topic, topicId }: RestoredTopicName,
  partition: number,
  strategy: 'earliest' | 'latest' | 'time',
  facts: TargetFacts,
): Placed {
  const bounds = facts.bounds.get(topic)?.get(partition)
  const spans = facts.samePartitions ? facts.restored.of(topicId, partition) : undefined
  const empty = facts.samePartitions ? startIfEmpty(topicId, bounds, facts) : undefined
  const edges = {
    earliest: () => spans?.first ?? empty ?? bounds?.start,
    latest: () => spans?.end ?? empty ?? bounds?.end,
    time: () => facts.fromTime.get(topic)?.get(partition) ?? bounds?.end,
  }
  const isKnown = strategy === 'time' || !facts.samePartitions || facts.restored.has(topicId)
  return placed({ topic, partition }, isKnown ? edges[strategy]() : undefined, bounds, true)
}

/**
 * Where a group continues in a partition without any restored record: at its beginning. What is there has come since, and the
 * group hasn't read it: consumers follow producers, which may have moved to the target before the groups are set. With no position
 * at all, the group would go to where `auto.offset.reset` says, and `latest` would leave out what is produced until then.
 */
function startIfEmpty(topicId: string, bounds: LogBounds | undefined, { restored }: TargetFacts): number | undefined {
  return restored.has(topicId) ? bounds?.start : undefined
}

/** Retention may have deleted records since they were restored: their timestamps are old. */
function placed(
  place: TopicPartition,
  offset: number | undefined,
  bounds: LogBounds | undefined,
  inOrder = true,
): Placed {
  return { ...place, offset: offset === undefined || !bounds ? undefined : withinLog(offset, bounds), inOrder }
}

function earliestOfEach(positions: WantedPosition[]): WantedPosition[] {
  const found = new Map<string, WantedPosition>()
  for (const position of positions) {
    const place = `${position.topic}/${position.partition}`
    const known = found.get(place)
    found.set(place, known ? earlier(known, position) : position)
  }
  return [...found.values()]
}

function earlier(one: WantedPosition, other: WantedPosition): WantedPosition {
  if (one.offset === undefined || other.offset === undefined) return { ...one, offset: undefined }
  // Records of several topics are mixed, so a group reads some of one again.
  return { ...(other.offset < one.offset ? other : one), inOrder: false }
}
