import { asCodedError, CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { NewTopic } from '../kafka/admin/new-topic.ts'
import { protocolErrorsOf } from '../kafka/error.ts'
import type { Log } from '../observability/logger.ts'
import { acceptedSettings, refusesSettings } from './accepted-settings.ts'
import type { SettingsFilter } from './settings-filter.ts'
import { requireTwoClusters } from './two-clusters.ts'

/** Creates and grows topics of the target to fit those of the source. */
export interface TargetTopics {
  /**
   * Verifies once that source and target are two clusters. Ignores a cluster that doesn't answer.
   *
   * @throws CodedError `CONFIG_INVALID` when they are the same, so that no failure policy puts records aside for that
   */
  verify(): Promise<void>
  /**
   * Creates the target topic if it is missing, and adds partitions if it has too few. Asks the clusters on first use, when
   * more partitions are needed, and every five minutes.
   *
   * @param minPartitions how many the current records need
   * @returns how many partitions the target topic has
   * @throws CodedError also `CONFIG_INVALID`, when source and target are the same cluster
   */
  ready(sourceTopic: string, targetTopic: string, minPartitions: number): Promise<number>
  /** Forgets a topic's partition count, because it may be outdated. */
  forget(targetTopic: string): void
}

/** What target topics are made like. Without a `clusterId` it is no cluster, so it can't be the target either. */
export type TopicsSource = Pick<ClusterAdmin, 'partitionCount' | 'topicSettings'> &
  Partial<Pick<ClusterAdmin, 'clusterId'>>

export interface TargetTopicsOptions {
  target: Pick<ClusterAdmin, 'clusterId' | 'partitionCount' | 'createTopic' | 'validateTopic' | 'addPartitions'>
  /** Absent: new topics get the broker's settings, and only as many partitions as they need. */
  source?: TopicsSource
  /** Replicas of topics that are created; -1 for the broker's default. */
  replicas: number
  /** Which of the source topic's settings a new topic gets. */
  settings: SettingsFilter
  logger: Log
}

/** The default of Kafka's own clients (`metadata.max.age.ms`), so that partitions added by others are used. */
const MAX_AGE_MS = 300_000

interface KnownTopic {
  partitions: number
  /** Milliseconds since the epoch. */
  since: number
}

export function createTargetTopics(options: TargetTopicsOptions): TargetTopics {
  const known = new Map<string, Promise<KnownTopic>>()
  /** The most partitions that records have needed, by target topic. */
  const needed = new Map<string, number>()
  const unknown: KnownTopic = { partitions: 0, since: 0 }
  let verified: Promise<void> | undefined

  /** Asks once. Without a source there is nothing to compare. */
  function verifyTwoClusters(): Promise<void> {
    const { source, target } = options
    const { clusterId } = source ?? {}
    verified ??= (clusterId ? requireTwoClusters({ clusterId }, target) : Promise.resolve()).catch(error => {
      verified = undefined
      throw error
    })
    return verified
  }

  async function lookUp(sourceTopic: string, targetTopic: string, minPartitions: number): Promise<KnownTopic> {
    await verifyTwoClusters()
    // Also for those that wait: a topic that grew for one of them after the other would take a request for each partition.
    const most = Math.max(minPartitions, needed.get(targetTopic) ?? 0)
    return { partitions: await createOrGrow(options, sourceTopic, targetTopic, most), since: Date.now() }
  }

  return {
    async verify() {
      await verifyTwoClusters().catch(error => {
        if (asCodedError(error).code === 'CONFIG_INVALID') throw error
      })
    },
    async ready(sourceTopic, targetTopic, minPartitions) {
      needed.set(targetTopic, Math.max(minPartitions, needed.get(targetTopic) ?? 0))
      // Sequentially: several partitions of a topic arrive at once, and only the first has to create it.
      const next = (known.get(targetTopic) ?? Promise.resolve(unknown))
        .catch(() => unknown)
        .then(last => (isEnough(last, minPartitions) ? last : lookUp(sourceTopic, targetTopic, minPartitions)))
      known.set(targetTopic, next)
      return (await next).partitions
    },
    forget(targetTopic) {
      known.delete(targetTopic)
      needed.delete(targetTopic)
    },
  }
}

function isEnough({ partitions, since }: KnownTopic, minPartitions: number): boolean {
  return partitions >= minPartitions && Date.now() - since < MAX_AGE_MS
}

async function createOrGrow(
  options: TargetTopicsOptions,
  sourceTopic: string,
  topic: string,
  minPartitions: number,
): Promise<number> {
  const { target } = options
  const present = await target.partitionCount(topic)
  if (present !== undefined && present >= minPartitions) return present
  const change = present === undefined ? create : grow
  const failure = await change(options, sourceTopic, topic, minPartitions).then(() => undefined, asCodedError)
  // Another invocation may have done the same at the same time, for other partitions.
  const now = (await target.partitionCount(topic)) ?? 0
  if (now >= minPartitions) return now
  if (failure && !isLargeEnough(failure)) throw failure
  throw new CodedError('KAFKA_UNAVAILABLE', `The topic ${topic} is not ready yet.`, { retryable: true, cause: failure })
}

/** Whether the controller has refused to grow a topic because it has the partitions, which the brokers don't know yet. */
function isLargeEnough(failure: CodedError): boolean {
  return protocolErrorsOf(failure).includes('INVALID_PARTITIONS')
}

async function create(
  options: TargetTopicsOptions,
  sourceTopic: string,
  topic: string,
  minPartitions: number,
): Promise<void> {
  const { source, target, replicas, logger } = options
  const partitions = await wantedPartitions(options, sourceTopic, minPartitions)
  const settings = options.settings.replicated((await source?.topicSettings([sourceTopic]))?.get(sourceTopic) ?? {})
  const newTopic = { topic, partitions, replicas, settings }
  await target.createTopic(newTopic).catch(async refusal => {
    if (!refusesSettings(refusal) || Object.keys(settings).length === 0) throw refusal
    await createWithoutRefused(options, newTopic)
  })
  logger.info('Target topic created', { topic, partitions, replicas })
}

/** Creates a topic with those of its settings that the target accepts: it may be of another version or vendor. */
async function createWithoutRefused({ target, logger }: TargetTopicsOptions, newTopic: NewTopic): Promise<void> {
  const { topic, settings } = newTopic
  const check = (settings: NewTopic['settings']) => target.validateTopic({ ...newTopic, settings })
  const { accepted, refused } = await acceptedSettings(settings, check)
  for (const { name, reason } of refused) {
    const fields = { topic, setting: name, reason: reason.message }
    logger.warn('Target topic created without a setting of the source that the target refuses', fields)
  }
  await target.createTopic({ ...newTopic, settings: accepted })
}

async function grow(
  options: TargetTopicsOptions,
  sourceTopic: string,
  topic: string,
  minPartitions: number,
): Promise<void> {
  const partitions = await wantedPartitions(options, sourceTopic, minPartitions)
  const failure = (await options.target.addPartitions(new Map([[topic, partitions]]))).get(topic)
  if (failure) throw failure
  options.logger.info('Target topic grown', { topic, partitions })
}

async function wantedPartitions(
  { source }: TargetTopicsOptions,
  sourceTopic: string,
  minPartitions: number,
): Promise<number> {
  return Math.max(minPartitions, (await source?.partitionCount(sourceTopic)) ?? 0)
}
