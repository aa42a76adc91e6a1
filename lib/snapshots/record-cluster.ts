import { asCodedError } from '../error.ts'
import { retryUntil } from '../retry.ts'
import { type GroupsRecording, type RecordedGroups, recordGroups } from './record-groups.ts'
import { type RecordedTopics, recordTopics, type TopicsRecording } from './record-topics.ts'
import { type SnapshotKind, snapshotKinds } from './snapshot.ts'

/** What is recorded of a cluster; absent: not at all. */
export interface ClusterRecording {
  topics?: TopicsRecording
  groups?: GroupsRecording
}

export type RecordedCluster = Partial<RecordedTopics & RecordedGroups>

/**
 * What an event asks to record: `{ "record": ["groups"] }`, as schedules send it. Any other event asks for everything that the
 * settings name, such as that of a timer.
 */
export function requestedKinds(event: unknown): readonly SnapshotKind[] {
  const { record } = (event ?? {}) as { record?: unknown }
  return Array.isArray(record) ? snapshotKinds.filter(kind => record.includes(kind)) : snapshotKinds
}

/**
 * Records topics, groups or both, and repeats what fails for reasons that pass. What fails of one doesn't keep the other from
 * being recorded.
 *
 * @param deadline in milliseconds since the epoch
 * @throws CodedError of the first that failed
 */
export async function recordCluster(
  { topics, groups }: ClusterRecording,
  kinds: readonly SnapshotKind[],
  deadline: number,
): Promise<RecordedCluster> {
  const { logger } = (topics ?? groups) as TopicsRecording | GroupsRecording
  const onRetry = ({ message }: Error) => logger.warn('Recording is repeated', { errorMessage: message })
  const runs = [
    ...(topics && kinds.includes('topics') ? [() => recordTopics(topics)] : []),
    ...(groups && kinds.includes('groups') ? [() => recordGroups(groups)] : []),
  ]
  const recorded: RecordedCluster = {}
  const failures: unknown[] = []
  // One after the other, so that the memory of one is free for the other.
  for (const run of runs) {
    await retryUntil<RecordedCluster>(deadline, run, onRetry).then(
      some => Object.assign(recorded, some),
      error => failures.push(error),
    )
  }
  if (Object.keys(recorded).length > 0) logger.info('Cluster recorded', { ...recorded })
  if (failures.length > 0) throw asCodedError(failures[0])
  return recorded
}
