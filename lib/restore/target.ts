import { CodedError } from '../error.ts'
import { UnknownTopicError } from '../kafka/error.ts'
import type { Log } from '../observability/logger.ts'
import { createExactlyOnceWriter } from '../replication/exactly-once-writer.ts'
import { createOffsetSyncs, offsetMapTopic } from '../replication/offsets/offset-sync.ts'
import { createReplicatedOffsets, type ReplicatedOffsets } from '../replication/offsets/replicated-offsets.ts'
import type { SettingsFilter } from '../replication/settings-filter.ts'
import { createTargetWriter, type RoutedBatch, type TargetWriter } from '../replication/target-writer.ts'
import { type RestoreIdentity, restoredTopicId } from './identity.ts'
import type { TargetClients } from './target-clients.ts'

/**
 * The topic that says which records of restores are on the cluster, and where. It isn't that of a replication, whose clean-up
 * and translation would take its segments for those of a source cluster.
 */
export const RESTORE_MAP_TOPIC = offsetMapTopic('restore')

/** Stands for a whole target topic in the map: a restore has found it empty, or was told to append to it. */
const WHOLE_TOPIC = -1
const MARK = { sourceFirst: 0, targetFirst: 0, count: 1 }

const BEGINS_ANEW = 'Run the restore again: it starts over with this topic.'

export interface TargetOptions {
  identity: RestoreIdentity
  /** Replicas of topics that are created; -1 for the broker's default. */
  replicas: number
  /** Which of the recorded settings a new topic gets. */
  settings: SettingsFilter
  logger: Log
}

/** The cluster that records are restored to. */
export interface RestoreTarget
  extends Pick<TargetClients, 'admin' | 'hasRecords' | 'bounds' | 'topicId'>,
    TargetOptions {
  writer: TargetWriter
  /** Records that are on the target, by the ids of `restoredTopicId`. Partition -1 is the mark. */
  restored: Pick<ReplicatedOffsets, 'of' | 'extent'>
  /** Reads what others have restored since. */
  refresh(): Promise<void>
  /** Says that this restore may write to a target topic, also when it is killed before its first record. */
  mark(topic: string, topicId: string, deadline: number): Promise<void>
  isMarked(topicId: string): boolean
}

/** A restore's own transactional ids begin with this, so that one permission for the prefix suffices. */
export const TRANSACTIONAL_PREFIX = 'kafka-functions-restore'

export function createRestoreTarget(clients: TargetClients, options: TargetOptions): RestoreTarget {
  const { admin, hasRecords, bounds, topicId, producer, transactions, log } = clients
  const { identity, replicas, logger } = options
  const syncs = createOffsetSyncs({ producer, admin, replicas, mapTopic: RESTORE_MAP_TOPIC })
  const replicated = createReplicatedOffsets(log, RESTORE_MAP_TOPIC, logger)

  /** A topic that was made again would get only the records that are left. */
  async function verify({ source, target }: RoutedBatch, deadline: number, next = BEGINS_ANEW): Promise<void> {
    if (restoredTopicId(identity, source.topic, await topicId(target, deadline)) === source.topicId) return
    const message = `The topic ${target} was deleted and made again while it was restored. ${next}`
    throw new CodedError('RESTORE_TARGET_CHANGED', message, { topic: target })
  }

  function atLeastOnce(): TargetWriter {
    const writer = createTargetWriter(producer, syncs)
    return {
      async write(batch, attempt) {
        const isRestored = replicated.of(batch.source.topicId ?? '', batch.source.partition)
        const records = batch.records.filter(({ record }) => !isRestored(record.offset))
        if (records.length === 0) return { written: [], spans: [] }
        const written = await writer.write({ ...batch, records }, attempt)
        await verify(batch, attempt.deadline, `${BEGINS_ANEW} Purge it then: it has a part of the records already.`)
        return written
      },
    }
  }

  const connector = `${TRANSACTIONAL_PREFIX}-${identity.id}`
  const writer = transactions
    ? createExactlyOnceWriter({
        ...{ transactions, syncs, replicated, connector },
        sourceTopicId: topicId,
        beforeCommit: verify,
      })
    : atLeastOnce()

  return {
    ...options,
    ...{ admin, hasRecords, bounds, topicId, writer },
    restored: replicated,
    async refresh() {
      await replicated.refresh().catch(error => {
        if (!(error instanceof UnknownTopicError)) throw error
      })
    },
    async mark(topic, topicId, deadline) {
      await syncs.record({ topic, partition: WHOLE_TOPIC, topicId }, [MARK], deadline)
      replicated.add(topicId, WHOLE_TOPIC, [MARK])
    },
    isMarked: topicId => replicated.of(topicId, WHOLE_TOPIC)(MARK.sourceFirst),
  }
}
