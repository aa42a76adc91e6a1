import type { ClusterAdmin, TopicAcl, TopicSettings } from '../kafka/admin/admin.ts'
import type { Log } from '../observability/logger.ts'
import { remoteAcls } from './acl.ts'
import type { ReplicationPolicy } from './naming/policy.ts'
import type { TopicFilter } from './naming/topic-filter.ts'
import type { SettingsFilter } from './settings-filter.ts'
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
  logger.info('Topics in step', { topics: pairs.length, grown, updated, acls })
  return { grown, updated, acls }
}

function pairsOf({ sourceAlias, policy, filter, topics }: TopicSync, names: string[]): Pair[] {
  return names
    .filter(topic => topics.test(topic) && filter(topic) === undefined)
    .map(topic => ({ topic, remote: policy.remoteTopic(sourceAlias, topic) }))
}

async function addPartitions(
  { target, logger }: TopicSync,
  pairs: Pair[],
  sourceCounts: Map<string, number>,
  targetCounts: Map<string, number>,
): Promise<number> {
  let grown = 0
  for (const { topic, remote } of pairs) {
    const [wanted = 0, present = 0] = [sourceCounts.get(topic), targetCounts.get(remote)]
    if (wanted <= present) continue
    await target.addPartitions(remote, wanted)
    logger.info('Target topic grown', { topic: remote, from: present, partitions: wanted })
    grown += 1
  }
  return grown
}

async function updateSettings({ source, target, settings, logger }: TopicSync, pairs: Pair[]): Promise<number> {
  const [sourceSettings, targetSettings] = await Promise.all([
    source.topicSettings(pairs.map(({ topic }) => topic)),
    target.topicSettings(pairs.map(({ remote }) => remote)),
  ])
  const changes = new Map<string, TopicSettings>()
  for (const { topic, remote } of pairs) {
    const present = targetSettings.get(remote) ?? {}
    const wanted = settings.wanted(sourceSettings.get(topic) ?? {}, present)
    if (!isSame(wanted, present)) changes.set(remote, wanted)
  }
  await target.replaceTopicSettings(changes)
  for (const remote of changes.keys()) logger.info('Target topic’s settings updated', { topic: remote })
  return changes.size
}

function isSame(one: TopicSettings, other: TopicSettings): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every(name => one[name] === other[name])
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
