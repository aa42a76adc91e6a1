import type { CommittedPosition } from '../../kafka/admin/group-offsets.ts'
import { DEFAULT_SEPARATOR } from '../naming/policy.ts'
import type { Checkpoint } from './mirror-records.ts'

/**
 * Name of MirrorMaker 2's topic of checkpoints, on the target. It has one partition and is compacted.
 *
 * Source: Apache Kafka, connect/mirror-client, `DefaultReplicationPolicy.checkpointsTopic`.
 */
export function checkpointsTopic(sourceAlias: string, separator = DEFAULT_SEPARATOR): string {
  return `${sourceAlias}${separator}checkpoints${separator}internal`
}

/** Where a source partition's records are on the target. */
export interface Translation {
  /** Name of the topic on the target; undefined when it isn't replicated. */
  remoteTopic(sourceTopic: string): string | undefined
  /** The offset on the target at which a consumer goes on; undefined when that isn't known. */
  targetOffset(sourceTopic: string, sourcePartition: number, sourceOffset: number): number | undefined
  /** Whether any record of the partition is known to be on the target. */
  isReplicated(sourceTopic: string, sourcePartition: number): boolean
}

/**
 * The checkpoints of a group, of those of its positions that can be translated. Where several source topics go to one,
 * the earliest position counts, so that nothing is left out; there is none while that of a topic with records there is
 * not known, as it may be the earliest.
 */
export function checkpointsOf(
  group: string,
  positions: CommittedPosition[],
  { remoteTopic, targetOffset, isReplicated }: Translation,
): Checkpoint[] {
  const found = new Map<string, Checkpoint | undefined>()
  for (const { topic: sourceTopic, partition, offset: sourceOffset, metadata } of positions) {
    const topic = remoteTopic(sourceTopic)
    if (topic === undefined) continue
    const offset = targetOffset(sourceTopic, partition, sourceOffset)
    if (offset === undefined && !isReplicated(sourceTopic, partition)) continue
    const subject = { group, topic, partition }
    const checkpoint = offset === undefined ? undefined : { ...subject, sourceOffset, targetOffset: offset, metadata }
    const name = subjectOf(subject)
    found.set(name, found.has(name) ? earlier(found.get(name), checkpoint) : checkpoint)
  }
  return [...found.values()].filter(checkpoint => checkpoint !== undefined)
}

/** The one that is further back on the target, unknown when one of them is. */
function earlier(one: Checkpoint | undefined, other: Checkpoint | undefined): Checkpoint | undefined {
  if (!one || !other) return undefined
  return other.targetOffset < one.targetOffset ? other : one
}

/**
 * Whether a checkpoint says something new: the group was reset to before its last one, or is further on the target.
 *
 * Source: Apache Kafka, connect/mirror, `MirrorCheckpointTask.checkpointIsMoreRecent`.
 */
export function isNews(checkpoint: Checkpoint, last: Checkpoint | undefined): boolean {
  return !last || checkpoint.sourceOffset < last.sourceOffset || checkpoint.targetOffset > last.targetOffset
}

/** Identifies what a checkpoint is about, as the key of its record does. */
export function subjectOf({ group, topic, partition }: Pick<Checkpoint, 'group' | 'topic' | 'partition'>): string {
  return JSON.stringify([group, topic, partition])
}
