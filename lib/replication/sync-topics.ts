import type { ClusterAdmin, TopicAcl } from '../kafka/admin/admin.ts'
import type { TopicFailures } from '../kafka/admin/topic-changes.ts'
import type { Log } from '../observability/logger.ts'
import { remoteAcls } from './acl.ts'
import type { ReplicationPolicy } from './naming/policy.ts'
import type { TopicFilter } from './naming/topic-filter.ts'
import type { SettingsFilter } from './settings-filter.ts'
import { changeSettings, type SettingsPair } from './settings-sync.ts'
import { requireTwoClusters } from './two-clusters.ts'

export interface TopicSync {
  sourceAlias: string
  policy: ReplicationPolicy
  filter: TopicFilter
  /** Matches the source topics to synchronize. */
  topics: RegExp
  settings: SettingsFilter
  syncAcls: boolean
  source: ClusterAdmin
  target: ClusterAdmin
  logger: Log
}

/** How many topics were changed, and how many ACLs were added. */
export interface TopicChanges {
  grown: number
  updated: number
  acls: number
  /** Changes of a single topic that failed, each of which is in the log. */
  failed: number
}

/** A source topic and the remote topic that its records are in. */
interface Pair {
  topic: string
  remote: string
}

/**
 * Synchronizes remote topics that exist with their source topics: adds partitions where the source has more, copies the
 * settings that are replicated and, if `syncAcls` is true, the permissions to read. Deletes nothing and creates no topic;
 * `replicate` creates a topic with its first record.
 *
 * Many topics are changed with one request, and each of them for itself: one that can't be changed is logged.
 *
 * @throws CodedError
 */
export async function syncTopics(sync: TopicSync): Promise<TopicChanges> {
  const { source, target, logger } = sync
  await requireTwoClusters(source, target)
  const [sourceCounts, targetCounts] = await Promise.all([source.partitionCounts(), target.partitionCounts()])
  const pairs = pairsOf(sync, [...sourceCounts.keys()]).filter(({ remote }) => targetCounts.has(remote))
  const grown = await addPartitions(sync, pairs, sourceCounts, targetCounts)
  const updated = await updateSettings(sync, pairs)
  const acls = sync.syncAcls ? await addAcls(sync, new Map(pairs.map(({ topic, remote }) => [topic, remote]))) : 0
  const changes = { grown: grown.changed, updated: updated.changed, acls, failed: grown.failed + updated.failed }
  logger.info('Topics in step', { topics: pairs.length, ...changes })
  return changes
}

function pairsOf({ sourceAlias, policy, filter, topics }: TopicSync, names: string[]): Pair[] {
  return names
    .filter(topic => topics.test(topic) && filter(topic) === undefined)
    .map(topic => ({ topic, remote: policy.remoteTopic(sourceAlias, topic) }))
}

interface Changed {
  changed: number
  failed: number
}

async function addPartitions(
  { target, logger }: TopicSync,
  pairs: Pair[],
  sourceCounts: Map<string, number>,
  targetCounts: Map<string, number>,
): Promise<Changed> {
  const wanted = new Map<string, number>()
  for (const { topic, remote } of pairs) {
    const partitions = Math.max(sourceCounts.get(topic) ?? 0, wanted.get(remote) ?? 0)
    if (partitions > (targetCounts.get(remote) ?? 0)) wanted.set(remote, partitions)
  }
  if (wanted.size === 0) return { changed: 0, failed: 0 }
  const failures = await target.addPartitions(wanted)
  for (const [topic, partitions] of wanted) {
    const from = targetCounts.get(topic)
    if (!failures.has(topic)) logger.info('Target topic grown', { topic, from, partitions })
  }
  report('Target topic not grown', failures, logger)
  return { changed: wanted.size - failures.size, failed: failures.size }
}

async function updateSettings({ source, target, settings, logger }: TopicSync, pairs: Pair[]): Promise<Changed> {
  const [sourceSettings, targetSettings] = await Promise.all([
    source.topicSettings(pairs.map(({ topic }) => topic)),
    target.topicSettings(pairs.map(({ remote }) => remote)),
  ])
  const topics = new Map<string, SettingsPair>()
  for (const { topic, remote } of pairs) {
    const [wanted, present] = [sourceSettings.get(topic), targetSettings.get(remote)]
    // One of them was deleted in the meantime, or the login may not describe it.
    if (wanted && present) topics.set(remote, { wanted: settings.wanted(wanted, present), present })
  }
  const { updated, failures } = await changeSettings(target, topics, logger)
  report('Target topic’s settings not updated', failures, logger)
  return { changed: updated, failed: failures.size }
}

function report(message: string, failures: TopicFailures, logger: Log): void {
  for (const [topic, { code: errorCode, message: errorMessage }] of failures) {
    logger.warn(message, { topic, errorCode, errorMessage })
  }
}

async function addAcls({ source, target }: TopicSync, remoteTopics: Map<string, string>): Promise<number> {
  const wanted = remoteAcls(await source.topicAcls(), remoteTopics)
  if (wanted.length === 0) return 0
  const present = new Set((await target.topicAcls()).map(identityOf))
  const missing = wanted.filter(acl => !present.has(identityOf(acl)))
  await target.addTopicAcls(missing)
  return missing.length
}

function identityOf({ topic, principal, host, operation, permission }: TopicAcl): string {
  return JSON.stringify([topic, principal, host, operation, permission])
}
