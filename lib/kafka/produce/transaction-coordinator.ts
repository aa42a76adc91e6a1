import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, initProducerIdV4 } from '@platformatic/kafka'
import { retryUntil } from '../../retry.ts'
import { apiOf, type Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { findCoordinator } from '../client/coordinator.ts'
import { protocolErrorsOf } from '../error.ts'
import type { TransactionalIdentity } from './partition-writer.ts'

/** The requests of transactions, sent to the coordinators of transactional ids. All retry until the deadline. */
export interface TransactionCoordinator {
  /** Takes the id from its previous owner, and ends the transaction that it may have left open. */
  claim(transactionalId: string, deadline: number): Promise<TransactionalIdentity>
  /** Makes partitions part of the open transaction, before they get its first record. */
  addPartitions(identity: TransactionalIdentity, topic: string, partitions: number[], deadline: number): Promise<void>
  /** Commits or aborts the open transaction. */
  end(identity: TransactionalIdentity, commit: boolean, deadline: number): Promise<void>
  /**
   * Whether a request of the identity was repeated. The earlier one may be on its way still, and the coordinator would take it
   * for a request of the next transaction, so the id has to be claimed again before that. Source: KIP-890.
   */
  mayArriveLate(identity: TransactionalIdentity): boolean
}

/** The broker aborts a transaction that takes longer. Source: Apache Kafka, documentation, `transaction.timeout.ms`. */
const TRANSACTION_TIMEOUT_MS = 60_000

/**
 * Pause while the previous transaction's markers are still being written. Java's 20 ms (`TransactionManager`) would double
 * the time of a small batch.
 */
const MARKERS_PAUSE_MS = 5

export function createTransactionCoordinator(cluster: ClusterClient): TransactionCoordinator {
  const coordinators = new WeakMap<Client, Map<string, Promise<Connection>>>()
  const repeated = new WeakSet<TransactionalIdentity>()

  /** Cached as long as the client's connections: an error discards both. */
  function coordinatorOf(client: Client, transactionalId: string): Promise<Connection> {
    const known = coordinators.get(client) ?? new Map<string, Promise<Connection>>()
    coordinators.set(client, known)
    const coordinator = known.get(transactionalId) ?? findCoordinator(client, 'transaction', transactionalId)
    known.set(transactionalId, coordinator)
    return coordinator
  }

  /**
   * Retries a request to the coordinator until it succeeds or the deadline passes.
   *
   * @param prepare returns the function that sends the request, which is the only thing that it does
   */
  function ask<T>(id: string, deadline: number, prepare: Preparation<T>, onRetry?: () => void): Promise<T> {
    const attempt = (signal: AbortSignal) =>
      cluster.attempt(`use the transactional id ${id}`, signal, async client => {
        const [coordinator, send] = [await coordinatorOf(client, id), await prepare(client)]
        return await afterMarkers(signal, () => send(coordinator))
      })
    return retryUntil(deadline, attempt, onRetry)
  }

  /** Like {@link ask}, within the transaction of an identity. */
  async function askWithin(identity: TransactionalIdentity, deadline: number, prepare: Preparation<unknown>) {
    await ask(identity.transactionalId, deadline, prepare, () => repeated.add(identity))
  }

  async function claim(transactionalId: string, deadline: number): Promise<TransactionalIdentity> {
    const { producerId, producerEpoch } = await ask(transactionalId, deadline, async client => {
      const api = await apiOf<[string, number], initProducerIdV4.InitProducerIdResponse>(client, 'InitProducerId')
      return coordinator => api.async(coordinator, transactionalId, TRANSACTION_TIMEOUT_MS)
    })
    return { transactionalId, producerId, producerEpoch }
  }

  async function addPartitions(identity: TransactionalIdentity, topic: string, partitions: number[], deadline: number) {
    const transaction = { ...identity, topics: [{ name: topic, partitions }], verifyOnly: false }
    await askWithin(identity, deadline, async client => {
      // The coordinator reports a missing topic as retryable, just like a new one, so check the topic first.
      await cluster.topic(client, topic)
      // Later versions are for requests between brokers and require the permission ClusterAction. Source: KIP-890.
      return coordinator => client.library.addPartitionsToTxnV3.api.async(coordinator, [transaction])
    })
  }

  async function end(identity: TransactionalIdentity, commit: boolean, deadline: number) {
    const { transactionalId, producerId, producerEpoch } = identity
    await askWithin(identity, deadline, async client => {
      const api = await apiOf<[string, bigint, number, boolean], unknown>(client, 'EndTxn')
      return coordinator => api.async(coordinator, transactionalId, producerId, producerEpoch, commit)
    })
  }

  return { claim, addPartitions, end, mayArriveLate: identity => repeated.has(identity) }
}

/** Makes a request ready, and returns the function that sends it. */
type Preparation<T> = (client: Client) => Promise<(coordinator: Connection) => Promise<T>>

/**
 * Retries a request at short intervals while the previous transaction is being completed. Once the signal has aborted nothing
 * is sent: another attempt may have ended the transaction, and this request would end the next one.
 */
async function afterMarkers<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await request()
    } catch (error) {
      if (!protocolErrorsOf(error).includes('CONCURRENT_TRANSACTIONS')) throw error
      await sleep(MARKERS_PAUSE_MS)
    }
  }
}
