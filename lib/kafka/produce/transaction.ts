import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, initProducerIdV4 } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import type { OutgoingRecord } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import { apiOf, type Client } from '../client/client.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import { findCoordinator } from '../client/coordinator.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { protocolErrorsOf } from '../error.ts'
import { PartitionWriter, type Placement, type TransactionalIdentity } from './partition-writer.ts'
import type { ProducerOptions } from './producer.ts'
import { createSender, type TopicLimits } from './topic-sender.ts'

/** An open transaction. */
export interface Transaction {
  /** Whether the id has just been claimed. Others may have committed before, so read the target's state again. */
  claimed: boolean
  /** Sends records as part of the transaction. */
  send(topic: string, records: OutgoingRecord[]): Promise<Placement[]>
  /** Registers a callback that runs after the commit and before the id's next transaction. */
  whenCommitted(then: () => void): void
}

/** Runs transactions of any number of transactional ids over one set of connections. */
export interface Transactions extends TopicLimits {
  /**
   * Commits all records that `run` sends, or none if `run` or the commit fails. Only if the response to the commit was
   * lost, the records may have been committed despite the error. Transactions of one id run one after another.
   *
   * The id is claimed on first use and again after an error. From then on its previous owner can no longer commit, and any
   * transaction left open has ended, including one whose commit response was lost.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError; retryable if another producer has claimed the id
   */
  transaction<T>(transactionalId: string, deadline: number, run: (transaction: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The broker aborts a transaction that takes longer. Source: Apache Kafka, documentation, `transaction.timeout.ms`. */
const TRANSACTION_TIMEOUT_MS = 60_000

/**
 * Pause while the previous transaction's markers are still being written. Java's 20 ms (`TransactionManager`) would double
 * the time of a small batch.
 */
const MARKERS_PAUSE_MS = 5

/** Another producer owns the id, or the broker ended the transaction. Source: Apache Kafka, protocol guide, "Error codes". */
const fenced = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING']

/** A transactional id that we own, with its writers, whose sequence numbers continue across transactions. */
interface Claim extends TransactionalIdentity {
  writers: Map<string, PartitionWriter>
}

export function createTransactions(connection: KafkaSettings, options: ProducerOptions): Transactions {
  const { clientId, compression = 'none' } = options
  const cluster = createClusterClient(connection, clientId)
  const { send, ...limits } = createSender(cluster)
  const coordinators = new WeakMap<Client, Map<string, Promise<Connection>>>()
  const claims = new Map<string, Claim>()
  const previous = new Map<string, Promise<unknown>>()

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

  async function claim(transactionalId: string, deadline: number): Promise<Claim> {
    const { producerId, producerEpoch } = await ask(transactionalId, deadline, async (client, coordinator) => {
      const api = await apiOf<[string, number], initProducerIdV4.InitProducerIdResponse>(client, 'InitProducerId')
      return await api.async(coordinator, transactionalId, TRANSACTION_TIMEOUT_MS)
    })
    const claim = { transactionalId, producerId, producerEpoch, writers: new Map() }
    claims.set(transactionalId, claim)
    return claim
  }

  async function addPartitions(claim: Claim, topic: string, partitions: number[], deadline: number) {
    const transaction = { ...claim, topics: [{ name: topic, partitions }], verifyOnly: false }
    await ask(claim.transactionalId, deadline, async (client, coordinator) => {
      // The coordinator reports a missing topic as retryable, just like a new one, so check the topic first.
      await cluster.topic(client, topic)
      // Later versions are for requests between brokers and require the permission ClusterAction. Source: KIP-890.
      await client.library.addPartitionsToTxnV3.api.async(coordinator, [transaction])
    })
  }

  async function end({ transactionalId, producerId, producerEpoch }: Claim, commit: boolean, deadline: number) {
    await ask(transactionalId, deadline, async (client, coordinator) => {
      const api = await apiOf<[string, bigint, number, boolean], unknown>(client, 'EndTxn')
      await api.async(coordinator, transactionalId, producerId, producerEpoch, commit)
    })
  }

  function sendWithin(claim: Claim, added: Set<string>, deadline: number): Transaction['send'] {
    const writerOf = (topic: string, partition: number) => {
      const name = `${topic}/${partition}`
      const writer = claim.writers.get(name) ?? new PartitionWriter(cluster, { topic, partition }, compression, claim)
      claim.writers.set(name, writer)
      return writer
    }
    return (topic, records) =>
      send({
        topic,
        records,
        deadline,
        writer: partition => writerOf(topic, partition),
        async prepare(partitions) {
          const missing = partitions.filter(partition => !added.has(`${topic}/${partition}`))
          if (missing.length > 0) await addPartitions(claim, topic, missing, deadline)
          for (const partition of missing) added.add(`${topic}/${partition}`)
        },
      })
  }

  async function runOne<T>(id: string, deadline: number, run: (transaction: Transaction) => Promise<T>): Promise<T> {
    const known = claims.get(id)
    const claimed = known ?? (await claim(id, deadline))
    const added = new Set<string>()
    const committed: (() => void)[] = []
    try {
      const send = sendWithin(claimed, added, deadline)
      const result = await run({ claimed: !known, send, whenCommitted: then => void committed.push(then) })
      if (added.size > 0) await end(claimed, true, deadline)
      for (const then of committed) then()
      return result
    } catch (cause) {
      claims.delete(id)
      if (protocolErrorsOf(cause).some(name => fenced.includes(name))) {
        const message = `Another producer has taken the transactional id ${id}, or the transaction took too long.`
        throw new CodedError('KAFKA_REJECTED', message, { retryable: true, cause })
      }
      // Spares consumers the wait for the timeout. If this fails, the next claim aborts the transaction.
      if (added.size > 0) await end(claimed, false, deadline).catch(() => {})
      throw cause
    }
  }

  return {
    ...limits,
    transaction(id, deadline, run) {
      const running = (previous.get(id) ?? Promise.resolve()).then(() => runOne(id, deadline, run))
      previous.set(
        id,
        running.catch(() => {}),
      )
      return running
    },
    close: () => cluster.close(),
  }
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
