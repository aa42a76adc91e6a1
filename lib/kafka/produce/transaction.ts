import { CodedError } from '../../error.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { OutgoingRecord } from '../../record.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { protocolErrorsOf } from '../error.ts'
import type { Placement } from './partition-queue.ts'
import { PartitionWriter, type TransactionalIdentity } from './partition-writer.ts'
import type { ProducerOptions } from './producer.ts'
import { createSender, type Topics } from './topic-sender.ts'
import { createTransactionCoordinator } from './transaction-coordinator.ts'

/** An open transaction. */
export interface Transaction {
  /** Whether the id has just been claimed. Others may have committed before, so read the target's state again. */
  claimed: boolean
  /**
   * Sends records as part of the transaction.
   *
   * @throws RefusedRecordsError when the topic refuses some of the records
   * @throws CodedError
   */
  send(topic: string, records: OutgoingRecord[]): Promise<Placement[]>
  /** Registers a callback that runs after the commit and before the id's next transaction. */
  whenCommitted(then: () => void): void
}

/** Runs transactions of any number of transactional ids over one set of connections. */
export interface Transactions extends Topics {
  /**
   * Commits all records that `run` sends, or none if `run` or the commit fails. Only if the response to the commit was
   * lost, the records may have been committed despite the error. Transactions of one id run one after another.
   *
   * The id is claimed on first use, and again after an error or after a transaction with a repeated request. From then on its previous owner can no longer commit, and any
   * transaction left open has ended, including one whose commit response was lost.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError; retryable if another producer has claimed the id
   */
  transaction<T>(transactionalId: string, deadline: number, run: (transaction: Transaction) => Promise<T>): Promise<T>
  /**
   * Resolves when readers of committed records see what the id has committed, a moment after the commit: the coordinator gives
   * the id away only then.
   *
   * @throws CodedError
   */
  settled(transactionalId: string, deadline: number): Promise<void>
  close(): Promise<void>
}

/** Another producer owns the id, or the broker ended the transaction. Source: Apache Kafka, protocol guide, "Error codes". */
const fenced = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING']

/** A transactional id that we own, with its writers, whose sequence numbers continue across transactions. */
interface Claim extends TransactionalIdentity {
  writers: PartitionMap<PartitionWriter>
}

export function createTransactions(connection: KafkaSettings, options: ProducerOptions): Transactions {
  const { clientId, compression = 'none' } = options
  const cluster = createClusterClient(connection, clientId)
  const { send, partitions } = createSender(cluster, compression)
  const coordinator = createTransactionCoordinator(cluster)
  const claims = new Map<string, Claim>()
  const previous = new Map<string, Promise<unknown>>()

  function sendWithin(claim: Claim, added: Set<string>, deadline: number): Transaction['send'] {
    const writerOf = (topic: string, partition: number) => {
      const place = { topic, partition }
      return claim.writers.getOrCreate(place, () => new PartitionWriter(cluster, place, compression, claim))
    }
    return (topic, records) =>
      send({
        topic,
        records,
        deadline,
        writer: partition => writerOf(topic, partition),
        async prepare(partitions) {
          const missing = partitions.filter(partition => !added.has(`${topic}/${partition}`))
          if (missing.length > 0) await coordinator.addPartitions(claim, topic, missing, deadline)
          for (const partition of missing) added.add(`${topic}/${partition}`)
        },
      })
  }

  async function runOne<T>(id: string, deadline: number, run: (transaction: Transaction) => Promise<T>): Promise<T> {
    const known = claims.get(id)
    const claimed = known ?? {
      ...(await coordinator.claim(id, deadline)),
      writers: new PartitionMap<PartitionWriter>(),
    }
    claims.set(id, claimed)
    const added = new Set<string>()
    const committed: (() => void)[] = []
    try {
      const send = sendWithin(claimed, added, deadline)
      const result = await run({ claimed: !known, send, whenCommitted: then => void committed.push(then) })
      if (added.size > 0) await coordinator.end(claimed, true, deadline)
      if (coordinator.mayArriveLate(claimed)) claims.delete(id)
      for (const then of committed) then()
      return result
    } catch (cause) {
      claims.delete(id)
      if (protocolErrorsOf(cause).some(name => fenced.includes(name))) {
        const message = `Another producer has taken the transactional id ${id}, or the transaction took too long.`
        throw new CodedError('KAFKA_REJECTED', message, { retryable: true, cause })
      }
      // Spares consumers the wait for the timeout. If this fails, the next claim aborts the transaction.
      if (added.size > 0) await coordinator.end(claimed, false, deadline).catch(() => {})
      throw cause
    }
  }

  /** Waits for what the id does already. */
  function inTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const running = (previous.get(id) ?? Promise.resolve()).then(run)
    previous.set(
      id,
      running.catch(() => {}),
    )
    return running
  }

  return {
    partitions,
    transaction: (id, deadline, run) => inTurn(id, () => runOne(id, deadline, run)),
    settled: (id, deadline) =>
      inTurn(id, async () => {
        claims.delete(id)
        await coordinator.claim(id, deadline)
      }),
    close: () => cluster.close(),
  }
}
