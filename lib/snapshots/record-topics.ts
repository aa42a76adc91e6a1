import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import { requireVisibleTopics } from '../kafka/admin/visible-topics.ts'
import { identityPolicy } from '../replication/naming/policy.ts'
import { completionTime, isRepeated, type Recording, writeSnapshot } from './recording.ts'
import type { TopicsSnapshot } from './snapshot.ts'
import { newestTopics } from './snapshots.ts'
import { topicsText } from './topics-text.ts'

export interface TopicsRecording extends Recording {
  cluster: Pick<ClusterAdmin, 'topics' | 'topicSettings'>
  /** Internal topics that are recorded all the same, as they are dumped. */
  internal: ReadonlySet<string>
}

/** What one run has recorded. */
export interface RecordedTopics {
  topics: number
  /** The snapshot's key; absent when it would have said the same as the one before. */
  topicsSnapshot?: string
}

/** Topics of one request for settings: the answer has forty settings of each, set or not, about 3 KB. */
const TOPICS_AT_ONCE = 500

/**
 * Records partitions, replicas and settings of all topics, except internal ones: those of Kafka, of Kafka Connect and of
 * replication belong to their cluster.
 *
 * @throws CodedError as the cluster and the store; `KAFKA_ACCESS_DENIED` when the login sees no topic at all
 */
export async function recordTopics(recording: TopicsRecording): Promise<RecordedTopics> {
  const { cluster, internal, store, prefix, logger } = recording
  const all = await cluster.topics()
  requireVisibleTopics(all, 'none was recorded')
  const names = [...all.keys()].filter(name => internal.has(name) || !identityPolicy.isInternal(name))
  const topics = new Map<string, { partitions: number; replicas: number; settings: Record<string, string> }>()
  for (let start = 0; start < names.length; start += TOPICS_AT_ONCE) {
    const settings = await cluster.topicSettings(names.slice(start, start + TOPICS_AT_ONCE))
    for (const [name, own] of settings) {
      const shape = all.get(name)
      if (shape) topics.set(name, { ...shape, settings: own })
    }
  }
  const hidden = names.filter(name => !topics.has(name))
  if (hidden.length > 0) logger.warn('Topics left out of the snapshot', { ...some(hidden), reason: HIDDEN })
  const time = completionTime(recording)
  const text = topicsText({ schema: 1, time, topics })
  const { snapshot: last, damaged } = await newestTopics(store, prefix)
  for (const { message: errorMessage } of damaged) logger.warn('Snapshot can’t be read', { errorMessage })
  const same = () => topicsText({ ...(last as TopicsSnapshot), time }).equals(text)
  if (isRepeated(recording, last, same)) return { topics: topics.size }
  return { topics: topics.size, topicsSnapshot: await writeSnapshot(recording, 'topics', time, text) }
}

const HIDDEN = 'deleted in the meantime, or DescribeConfigs is not allowed'

/** Names in a warning. All of them could exceed what a line of the log may have. */
const NAMED = 20

function some(topics: string[]) {
  return { number: topics.length, topics: topics.slice(0, NAMED) }
}
