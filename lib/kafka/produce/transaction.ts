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

/** A transaction under way. */
export interface Transaction {
  /** Whether the id has just been taken. Others may have committed before, so read anew what the target has. */
  claimed: boolean
  /** Sends records as part of the transaction. */
  send(topic: string, records: OutgoingRecord[]): Promise<Placement[]>
  /** Has something done once it is committed, before the id's next transaction begins. */
  whenCommitted(then: () => void): void
}

/** Transactions of any number of transactional ids over one set of connections. */
export interface Transactions extends TopicLimits {
  /**
   * Commits what `run` sends, or, when it or the commit fails, nothing of it, unless the error is a lost answer to the
   * commit itself. Transactions of one id go one after another.
   *
   * The id is taken at the first use and again after an error: whoever had it can't commit any more, and a transaction
   * that was left open has then come to its end, the one with the lost answer too.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError; retryable when another producer has taken the id
   */
  transaction<T>(transactionalId: string, deadline: number, run: (transaction: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The broker aborts a transaction that takes longer. Source: Apache Kafka, documentation, `transaction.timeout.ms`. */
const TRANSACTION_TIMEOUT_MS = 60_000

/** The markers of the transaction before are still being written. Java's 20 ms (`TransactionManager`) double a small batch's time. */
const MARKERS_PAUSE_MS = 5

/** Someone else has the id, or the broker has ended the transaction. Source: Apache Kafka, protocol guide, "Error codes". */
const fenced = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING']

/** A transactional id that is ours, with the writers whose sequence numbers go on from transaction to transaction. */
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

  /** Known as long as its connections: an error ends both. */
  function coordinatorOf(client: Client, transactionalId: string): Promise<Connection> {
    const known = coordinators.get(client) ?? new Map<string, Promise<Connection>>()
    coordinators.set(client, known)
    const coordinator = known.get(transactionalId) ?? findCoordinator(client, 'transaction', transactionalId)
    known.set(transactionalId, coordinator)
    return coordinator
  }

  /** Repeats a request to the coordinator until it is answered. */
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
      // Of a topic that isn't there the coordinator says what it says of a new one: that it is a matter of time.
      await cluster.topic(client, topic)
      // Later versions are for brokers among themselves and need the permission ClusterAction. Source: KIP-890.
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
      // Consumers don't wait for the timeout then. If this fails, the next claim aborts what is open.
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

/** Soon repeats a request that comes while the transaction before is being completed. */
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
