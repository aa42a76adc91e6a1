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

  /** Cached as long as the client's connections: an error discards both. */
  function coordinatorOf(client: Client, transactionalId: string): Promise<Connection> {
    const known = coordinators.get(client) ?? new Map<string, Promise<Connection>>()
    coordinators.set(client, known)
    const coordinator = known.get(transactionalId) ?? findCoordinator(client, 'transaction', transactionalId)
    known.set(transactionalId, coordinator)
    return coordinator
  }

  /** Retries a request to the coordinator until it succeeds or the deadline passes. */
  function ask<T>(id: string, deadline: number, request: (client: Client, coordinator: Connection) => Promise<T>) {
    return retryUntil(deadline, signal =>
      cluster.attempt(`use the transactional id ${id}`, signal, async client => {
        const coordinator = await coordinatorOf(client, id)
        return await afterMarkers(signal, () => request(client, coordinator))
      }),
    )
  }

  async function claim(transactionalId: string, deadline: number): Promise<TransactionalIdentity> {
    const { producerId, producerEpoch } = await ask(transactionalId, deadline, async (client, coordinator) => {
      const api = await apiOf<[string, number], initProducerIdV4.InitProducerIdResponse>(client, 'InitProducerId')
      return await api.async(coordinator, transactionalId, TRANSACTION_TIMEOUT_MS)
    })
    return { transactionalId, producerId, producerEpoch }
  }

  async function addPartitions(identity: TransactionalIdentity, topic: string, partitions: number[], deadline: number) {
    const transaction = { ...identity, topics: [{ name: topic, partitions }], verifyOnly: false }
    await ask(identity.transactionalId, deadline, async (client, coordinator) => {
      // The coordinator reports a missing topic as retryable, just like a new one, so check the topic first.
      await cluster.topic(client, topic)
      // Later versions are for requests between brokers and require the permission ClusterAction. Source: KIP-890.
      await client.library.addPartitionsToTxnV3.api.async(coordinator, [transaction])
    })
  }

  async function end(identity: TransactionalIdentity, commit: boolean, deadline: number) {
    const { transactionalId, producerId, producerEpoch } = identity
    await ask(transactionalId, deadline, async (client, coordinator) => {
      const api = await apiOf<[string, bigint, number, boolean], unknown>(client, 'EndTxn')
      await api.async(coordinator, transactionalId, producerId, producerEpoch, commit)
    })
  }

  return { claim, addPartitions, end }
}

/** Retries a request at short intervals while the previous transaction is being completed. */
async function afterMarkers<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (signal.aborted || !protocolErrorsOf(error).includes('CONCURRENT_TRANSACTIONS')) throw error
      await sleep(MARKERS_PAUSE_MS)
    }
  }
}
