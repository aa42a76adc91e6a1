import { asCodedError, CodedError } from '../error.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import type { Log } from '../observability/logger.ts'
import { replicatedSettings } from './settings-filter.ts'
import { requireTwoClusters } from './two-clusters.ts'

/** The topics of the target, made to fit those of the source. */
export interface TargetTopics {
  /**
   * Asks once whether source and target are two clusters. A cluster that doesn't answer is not this one's matter.
   *
   * @throws CodedError `CONFIG_INVALID` when they are one: no failure policy should put records aside for that
   */
  verify(): Promise<void>
  /**
   * How many partitions the target topic has, after it was created when it was missing, or grown when it had fewer than
   * asked for. Asks the clusters at the first use, when more partitions are asked for, and every few minutes.
   *
   * @param leastPartitions how many it needs for the record at hand
   * @throws CodedError also `CONFIG_INVALID`, when source and target are one cluster
   */
  ready(sourceTopic: string, targetTopic: string, leastPartitions: number): Promise<number>
  /** Forgets what is known of a topic, as it doesn't seem to be true any more. */
  forget(targetTopic: string): void
}

export interface TargetTopicsOptions {
  target: ClusterAdmin
  /** Absent: new topics get no settings, and only as many partitions as they need. */
  source?: ClusterAdmin
  /** Replicas of topics that are created; -1 for the broker's default. */
  replicas: number
  logger: Log
}

/** As Kafka's own clients have it (`metadata.max.age.ms`), so that partitions that others add are used. */
const MAX_AGE_MS = 300_000

interface Known {
  partitions: number
  /** Milliseconds since the epoch. */
  since: number
}

export function createTargetTopics(options: TargetTopicsOptions): TargetTopics {
  const known = new Map<string, Promise<Known>>()
  const unknown: Known = { partitions: 0, since: 0 }
  let different: Promise<void> | undefined

  /** Asked once. Without a source there is nobody to ask. */
  function differentClusters(): Promise<void> {
    const { source, target } = options
    different ??= (source ? requireTwoClusters(source, target) : Promise.resolve()).catch(error => {
      different = undefined
      throw error
    })
    return different
  }

  async function look(sourceTopic: string, targetTopic: string, least: number): Promise<Known> {
    await differentClusters()
    return { partitions: await createOrGrow(options, sourceTopic, targetTopic, least), since: Date.now() }
  }

  return {
    async verify() {
      await differentClusters().catch(error => {
        if (asCodedError(error).code === 'CONFIG_INVALID') throw error
      })
    },
    async ready(sourceTopic, targetTopic, least) {
      // One after another: several partitions of one topic come at once, and only the first has to create it.
      const next = (known.get(targetTopic) ?? Promise.resolve(unknown))
        .catch(() => unknown)
        .then(last => (isEnough(last, least) ? last : look(sourceTopic, targetTopic, least)))
      known.set(targetTopic, next)
      return (await next).partitions
    },
    forget: targetTopic => void known.delete(targetTopic),
  }
}

function isEnough({ partitions, since }: Known, least: number): boolean {
  return partitions >= least && Date.now() - since < MAX_AGE_MS
}

async function createOrGrow(
  options: TargetTopicsOptions,
  sourceTopic: string,
  topic: string,
  least: number,
): Promise<number> {
  const { target } = options
  const there = await target.partitionCount(topic)
  if (there !== undefined && there >= least) return there
  const change = there === undefined ? create : grow
  const failure = await change(options, sourceTopic, topic, least).then(() => undefined, asCodedError)
  // Another invocation may have done the same at the same time, with other partitions in its batch.
  const now = (await target.partitionCount(topic)) ?? 0
  if (now >= least) return now
  throw failure ?? new CodedError('KAFKA_UNAVAILABLE', `The topic ${topic} is not ready yet.`, { retryable: true })
}

async function create(options: TargetTopicsOptions, sourceTopic: string, topic: string, least: number): Promise<void> {
  const { source, target, replicas, logger } = options
  const partitions = await wantedPartitions(options, sourceTopic, least)
  const settings = (await source?.topicSettings([sourceTopic]))?.get(sourceTopic) ?? {}
  await target.createTopic({ topic, partitions, replicas, settings: replicatedSettings(settings) })
  logger.info('Target topic created', { topic, partitions, replicas })
}

async function grow(options: TargetTopicsOptions, sourceTopic: string, topic: string, least: number): Promise<void> {
  const partitions = await wantedPartitions(options, sourceTopic, least)
  await options.target.addPartitions(topic, partitions)
  options.logger.info('Target topic grown', { topic, partitions })
}

async function wantedPartitions({ source }: TargetTopicsOptions, sourceTopic: string, least: number): Promise<number> {
  return Math.max(least, (await source?.partitionCount(sourceTopic)) ?? 0)
}
