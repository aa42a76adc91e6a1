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

/** Translates positions of the source to the target. */
export interface Translation {
  /** Name of the topic on the target; undefined when it isn't replicated. */
  remoteTopic(sourceTopic: string): string | undefined
  /** The offset on the target at which a consumer continues; undefined when it isn't known. */
  targetOffset(sourceTopic: string, sourcePartition: number, sourceOffset: number): number | undefined
  /** Whether any record of the partition is known to be on the target. */
  isReplicated(sourceTopic: string, sourcePartition: number): boolean
}

/**
 * The checkpoints for those positions of a group that can be translated. Where several source topics go to one, the
 * earliest position counts, so that no record is left out. As long as one of these positions is unknown there is no
 * checkpoint, because that position may be the earliest.
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

/** The checkpoint that is further back on the target; unknown when one of the two is. */
function earlier(one: Checkpoint | undefined, other: Checkpoint | undefined): Checkpoint | undefined {
  if (!one || !other) return undefined
  return other.targetOffset < one.targetOffset ? other : one
}

/**
 * Whether a checkpoint has to be written: the group was reset to before the last one, or has progressed on the target.
 *
 * Source: Apache Kafka, connect/mirror, `MirrorCheckpointTask.checkpointIsMoreRecent`.
 */
export function isNewer(checkpoint: Checkpoint, last: Checkpoint | undefined): boolean {
  return !last || checkpoint.sourceOffset < last.sourceOffset || checkpoint.targetOffset > last.targetOffset
}

/** Identifies the group and partition of a checkpoint, as the key of its record does. */
export function subjectOf({ group, topic, partition }: Pick<Checkpoint, 'group' | 'topic' | 'partition'>): string {
  return JSON.stringify([group, topic, partition])
}
