import { createHash } from 'node:crypto'
import type { PartitionerName } from '../kafka/produce/partitioner.ts'
import type { Routing } from '../replication/routing.ts'

/** What makes two runs the same restore. */
export interface RestoreIdentity {
  id: string
  /** Such as `s3://bucket/prefix`, in the order in which they were given. */
  sources: readonly string[]
  partitioner: PartitionerName
}

/** Digits of an id that follows from what is restored: enough that two of them never meet, and short enough to type. */
const ID_DIGITS = 16

/** Names a topic that no topic is called, so that the names of all topics follow from one. */
const ANY_TOPIC = '{topic}'

/** The id of a restore that was given none: the same sources to the same names continue. */
export function defaultRestoreId(sources: readonly string[], { sourceAlias, policy, partitioner }: Routing): string {
  return digestOf([...sources, policy.remoteTopic(sourceAlias, ANY_TOPIC), partitioner]).slice(0, ID_DIGITS)
}

/**
 * The id that stands for a source topic in the map of what is on the target. It contains the target topic's own id, so that
 * a target that was deleted and made again counts as empty. No topic of a cluster has it.
 *
 * @param targetTopicId of the cluster. Before Kafka 2.8 it is the same for all topics
 * @returns a UUID
 */
export function restoredTopicId(
  { id, sources, partitioner }: RestoreIdentity,
  topic: string,
  targetTopicId: string,
): string {
  const digits = digestOf([id, ...sources, partitioner, topic, targetTopicId]).slice(0, 32)
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
