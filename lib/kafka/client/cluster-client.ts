import type { ClusterTopicMetadata, Connection } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import { RenewedClient } from '../../secrets/renewed-client.ts'
import { kafkaError, refusalCodes, UnknownTopicError } from '../error.ts'
import { type Client, openClient } from './client.ts'
import type { KafkaSettings } from './settings.ts'
import { topicMetadata } from './topic-metadata.ts'

/** How long some brokers may not know a new topic. */
const UNKNOWN_TOPIC_MS = 5_000

/** Connections to a cluster, opened on first use and again after an error. */
export interface ClusterClient {
  /**
   * Makes one attempt, and a second one with new secrets if the old ones are refused. The caller no longer waits for `use` once
   * the signal aborts, but requests of the library can't be aborted, so `use` continues. It has to look at the signal right before
   * it sends or changes anything that a later attempt relies on.
   *
   * @param what completes "Could not …"
   * @throws CodedError
   */
  attempt<T>(what: string, signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T>
  /**
   * @throws UnknownTopicError retryable for as long as a new topic may be unknown to some brokers
   * @throws CodedError
   */
  topic(client: Client, topic: string): Promise<ClusterTopicMetadata>
  /** Same as `topic`, but bypasses the cache. */
  topicNow(client: Client, topic: string): Promise<ClusterTopicMetadata>
  /** The connection to the broker that leads the partition. */
  leader(client: Client, topic: string, partition: number): Promise<Connection>
  close(): Promise<void>
}

/** Keeps connections open between invocations. Errors close them, so that the next attempt finds restarted brokers. */
export function createClusterClient(connection: KafkaSettings, clientId: string): ClusterClient {
  const unknownSince = new Map<string, number>()
  let openings = 0
  const renewed = new RenewedClient(connection, {
    open: connection => openClient(connection, clientId, openings++),
    close: ({ base }) => base.close(),
    refusal: 'KAFKA_ACCESS_DENIED',
    closesOn: ({ code }) => !refusalCodes.some(refusal => refusal === code),
  })

  function missing(topic: string, what: string): CodedError {
    const since = unknownSince.get(topic) ?? Date.now()
    unknownSince.set(topic, since)
    const retryable = Date.now() - since < UNKNOWN_TOPIC_MS
    return new UnknownTopicError(topic, `${what} does not exist.`, retryable)
  }

  async function existing({ base }: Client, topic: string, forceUpdate?: boolean): Promise<ClusterTopicMetadata> {
    const found = await topicMetadata(base, topic, forceUpdate)
    if (found) return found
    throw missing(topic, `The topic ${topic}`)
  }

  async function known(client: Client, topic: string, forceUpdate?: boolean): Promise<ClusterTopicMetadata> {
    const found = await existing(client, topic, forceUpdate)
    unknownSince.delete(topic)
    return found
  }

  return {
    attempt: (what, signal, use) =>
      renewed.use(
        client => before(signal, use(client)),
        thrown => kafkaError(thrown, what),
      ),
    topic: (client, topic) => known(client, topic),
    topicNow: (client, topic) => known(client, topic, true),
    async leader(client, topic, partition) {
      const { partitions } = await existing(client, topic)
      const leader = partitions[partition]?.leader
      if (leader === undefined) throw missing(topic, `Partition ${partition} of the topic ${topic}`)
      unknownSince.delete(topic)
      const { brokers } = await client.base.metadata({ topics: [topic] })
      const broker = brokers.get(leader)
      if (broker) return await client.base.connections.get(broker)
      const message = `Partition ${partition} of the topic ${topic} has no leader at present.`
      throw new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, topic, partition })
    },
    close: () => renewed.close(),
  }
}

/** Stops waiting for a result at the signal: requests of the library can't be aborted. */
async function before<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () =>
    aborted.reject(new CodedError('KAFKA_UNAVAILABLE', 'The cluster did not answer in time.', { retryable: true }))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([result, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
