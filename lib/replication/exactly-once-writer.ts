import { CodedError } from '../error.ts'
import { UnknownTopicError } from '../kafka/error.ts'
import type { Transaction, Transactions } from '../kafka/produce/transaction.ts'
import type { OffsetSyncs } from './offsets/offset-sync.ts'
import type { ReplicatedOffsets } from './offsets/replicated-offsets.ts'
import {
  hasOffsets,
  placedSpans,
  type RoutedBatch,
  type RoutedRecord,
  type TargetWriter,
  toOutgoing,
} from './target-writer.ts'

export interface ExactlyOnce {
  /** Of the target. */
  transactions: Transactions
  /** Of offset topics that are on the target. */
  syncs: OffsetSyncs
  /** What the same offset topics say. */
  replicated: ReplicatedOffsets
  /**
   * The id of a topic of the source as it is now: a topic that was deleted and made anew has another one.
   *
   * @throws CodedError
   */
  sourceTopicId(topic: string, deadline: number): Promise<string>
  /** What the transactional ids begin with; one name for one connector. */
  connector: string
}

/**
 * Exactly once: each batch and its offset sync are one transaction, and what committed syncs say is on the target is left
 * out of the batch. Each source partition has a transactional id of its own, so an invocation that was given up can't
 * commit any more once another one has the partition.
 *
 * Offsets are those of one source topic, told by its id: without it, the records of a topic that was made anew would
 * count as replicated when their offsets do.
 */
export function createExactlyOnceWriter(exactlyOnce: ExactlyOnce): TargetWriter {
  const { transactions, syncs, replicated, connector } = exactlyOnce
  const topicIds = new Map<string, string>()

  /** Asked for each batch, as only that tells. Records of a topic that is gone by now are of the one that was there last. */
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
    const known = replicated.of(topicId, source.partition)
    if (!claimed && !records.some(({ record }) => known(record.offset))) return records
    // What others have committed before the id was taken; and nothing is left out by what may have been deleted since.
    if (await replicated.refresh()) syncs.restart()
    const isThere = replicated.of(topicId, source.partition)
    return records.filter(({ record }) => !isThere(record.offset))
  }

  async function send(batch: RoutedBatch, records: RoutedRecord[], topicId: string, transaction: Transaction) {
    const placed = await transaction.send(batch.target, records.map(toOutgoing))
    const spans = placedSpans(records, placed)
    const { writes, written } = syncs.prepare({ ...batch.source, topicId }, spans)
    await Promise.all(writes.map(({ topic, records }) => transaction.send(topic, records)))
    transaction.whenCommitted(() => {
      written()
      replicated.add(topicId, batch.source.partition, spans)
    })
  }

  return {
    limitOf: transactions.limitOf,
    async write(batch, deadline) {
      if (!hasOffsets(batch.records)) {
        throw new CodedError('CONFIG_INVALID', 'EXACTLY_ONCE: expected false, as this platform says no offsets')
      }
      const topicId = await topicIdOf(batch.source.topic, deadline)
      const transactionalId = `${connector}-${batch.source.topic}-${batch.source.partition}`
      const run = async (transaction: Transaction) => {
        const records = await missing(batch, topicId, transaction.claimed)
        if (records.length > 0) await send(batch, records, topicId, transaction)
        return records
      }
      return await syncs.use(() => transactions.transaction(transactionalId, deadline, run))
    },
  }
}
