import type { CommittedPosition } from '../kafka/group-offsets.ts'
import type { Checkpoint } from '../kafka/mirror-records.ts'
import { DEFAULT_SEPARATOR } from './policy.ts'

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
}

/**
 * The checkpoints of a group, of those of its positions that can be translated. Where several source topics go to one,
 * the earliest position counts, so that nothing is left out.
 */
export function checkpointsOf(
  group: string,
  positions: CommittedPosition[],
  { remoteTopic, targetOffset }: Translation,
): Checkpoint[] {
  const found = new Map<string, Checkpoint>()
  for (const { topic: sourceTopic, partition, offset: sourceOffset, metadata } of positions) {
    const topic = remoteTopic(sourceTopic)
    const offset = topic === undefined ? undefined : targetOffset(sourceTopic, partition, sourceOffset)
    if (topic === undefined || offset === undefined) continue
    const checkpoint = { group, topic, partition, sourceOffset, targetOffset: offset, metadata }
    const other = found.get(subjectOf(checkpoint))
    if (!other || offset < other.targetOffset) found.set(subjectOf(checkpoint), checkpoint)
  }
  return [...found.values()]
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
export function subjectOf({ group, topic, partition }: Checkpoint): string {
  return JSON.stringify([group, topic, partition])
}
