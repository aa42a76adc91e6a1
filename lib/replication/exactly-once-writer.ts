import { CodedError } from '../error.ts'
import { UnknownTopicError } from '../kafka/error.ts'
import type { Transaction, Transactions } from '../kafka/produce/transaction.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetSyncs } from './offsets/offset-sync.ts'
import type { ReplicatedOffsets } from './offsets/replicated-offsets.ts'
import {
  abnormalData,
  hasOffsets,
  placedSpans,
  type RoutedBatch,
  type RoutedRecord,
  type TargetWriter,
  toOutgoing,
} from './target-writer.ts'

export interface ExactlyOnce {
  /** Transactions of the target. */
  transactions: Pick<Transactions, 'transaction' | 'settled'>
  /** The offset topics, which must be on the target. */
  syncs: OffsetSyncs
  /** Offsets that are on the target, read from the same offset topics. */
  replicated: ReplicatedOffsets
  /**
   * The current id of a topic of the source. A topic that was deleted and created again has another id. Not asked for batches
   * that have one.
   *
   * @throws CodedError
   */
  sourceTopicId(topic: string, deadline: number): Promise<string>
  /**
   * Verifies something when the records of a batch are sent and not yet committed. What it throws aborts the transaction.
   *
   * @throws CodedError
   */
  beforeCommit?(batch: RoutedBatch, deadline: number): Promise<void>
  /** Prefix of the transactional ids; unique to the connector. */
  connector: string
}

/**
 * Exactly once: each batch and its offset sync are one transaction, and records that are on the target according to
 * committed syncs are left out of the batch. Each source partition has its own transactional id, so an abandoned invocation
 * can't commit once another invocation has taken over the partition. If the target refuses a record, the transaction is
 * aborted, and the other records come again in the next one.
 *
 * Offsets belong to a topic id. Without it, records of a topic that was created again would count as replicated because
 * records of the deleted topic had the same offsets.
 */
export function createExactlyOnceWriter(exactlyOnce: ExactlyOnce): TargetWriter {
  const { transactions, syncs, replicated, connector } = exactlyOnce
  const topicIds = new Map<string, string>()

  /** Asks for each batch, because the topic may have been created again. Records of a deleted topic have its last known id. */
  async function topicIdOf(topic: string, deadline: number): Promise<string> {
    const known = topicIds.get(topic)
    const id = await exactlyOnce.sourceTopicId(topic, deadline).catch(error => {
      if (error instanceof UnknownTopicError && known !== undefined) return known
      throw error
    })
    topicIds.set(topic, id)
    return id
  }

  /** The records that are not on the target yet. */
  async function missing({ source, records }: RoutedBatch, topicId: string, claimed: boolean) {
    const isKnown = replicated.of(topicId, source.partition)
    if (!claimed && !records.some(({ record }) => isKnown(record.offset))) return records
    // Reads what others committed before this transactional id was claimed. If the map was deleted, nothing is left out by it.
    if (await replicated.refresh()) syncs.restart()
    // From the claim on nobody else writes this partition's segments. Only the newest is continued: others may be merged.
    if (claimed) syncs.resume({ ...source, topicId }, replicated.newest(topicId, source.partition))
    const isReplicated = replicated.of(topicId, source.partition)
    return records.filter(({ record }) => !isReplicated(record.offset))
  }

  async function send(batch: RoutedBatch, records: RoutedRecord[], topicId: string, transaction: Transaction) {
    const placed = await transaction.send(batch.target, records.map(toOutgoing)).catch(error => {
      throw abnormalData(error, records)
    })
    const spans = placedSpans(records, placed, batch.scattered)
    const { writes, written } = syncs.prepare({ ...batch.source, topicId }, spans)
    await Promise.all(writes.map(({ topic, records }) => transaction.send(topic, records)))
    transaction.whenCommitted(() => {
      written()
      replicated.add(topicId, batch.source.partition, spans)
    })
    return spans
  }

  const idOf = ({ topic, partition }: TopicPartition) => `${connector}-${topic}-${partition}`

  return {
    settled: (source, deadline) => transactions.settled(idOf(source), deadline),
    async write(batch, { deadline }) {
      if (!hasOffsets(batch.records)) {
        throw new CodedError(
          'CONFIG_INVALID',
          'EXACTLY_ONCE: expected false, as events of this platform have no offsets',
        )
      }
      const topicId = batch.source.topicId ?? (await topicIdOf(batch.source.topic, deadline))
      const run = async (transaction: Transaction) => {
        const written = await missing(batch, topicId, transaction.claimed)
        if (written.length === 0) return { written, spans: [] }
        const spans = await send(batch, written, topicId, transaction)
        await exactlyOnce.beforeCommit?.(batch, deadline)
        return { written, spans }
      }
      return await syncs.use(() => transactions.transaction(idOf(batch.source), deadline, run))
    },
  }
}
