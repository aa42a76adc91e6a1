import { CodedError } from '../failure/error.ts'
import type { Transaction, Transactions } from '../kafka/transaction.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetSyncs } from './offset-sync.ts'
import type { ReplicatedOffsets } from './replicated-offsets.ts'
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
  const { transactions, syncs, connector } = exactlyOnce
  const topicIds = new Map<string, string>()

  /** The records that are not on the target yet. */
  async function missing({ source, records }: RoutedBatch, claimed: boolean, deadline: number) {
    const { replicated, sourceTopicId } = exactlyOnce
    const lookUp = async () => {
      topicIds.set(nameOf(source), await sourceTopicId(source.topic, deadline))
      return rest()
    }
    const rest = () => {
      const isThere = replicated.of(topicIds.get(nameOf(source)) ?? '', source.partition)
      return records.filter(({ record }) => !isThere(record.offset))
    }
    if (claimed) {
      await replicated.refresh()
      return await lookUp()
    }
    // Asked again before anything is left out, which is rare: the topic may have been made anew in the meantime.
    return rest().length === records.length ? records : await lookUp()
  }

  async function send(batch: RoutedBatch, records: RoutedRecord[], transaction: Transaction) {
    const topicId = topicIds.get(nameOf(batch.source)) ?? ''
    const placed = await transaction.send(batch.target, records.map(toOutgoing))
    const spans = placedSpans(records, placed)
    const { writes, written } = syncs.prepare({ ...batch.source, topicId }, spans)
    await Promise.all(writes.map(({ topic, records }) => transaction.send(topic, records)))
    transaction.whenCommitted(() => {
      written()
      exactlyOnce.replicated.add(topicId, batch.source.partition, spans)
    })
  }

  return {
    maxBytes: transactions.maxBytes,
    async write(batch, deadline) {
      if (!hasOffsets(batch.records)) {
        throw new CodedError('CONFIG_INVALID', 'EXACTLY_ONCE: expected false, as this platform says no offsets')
      }
      await syncs.ready()
      const id = `${connector}-${batch.source.topic}-${batch.source.partition}`
      return await transactions.transaction(id, deadline, async transaction => {
        const records = await missing(batch, transaction.claimed, deadline)
        if (records.length > 0) await send(batch, records, transaction)
        return records
      })
    },
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
