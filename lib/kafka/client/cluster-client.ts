import type { ClusterTopicMetadata, Connection } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import { Renewal } from '../../secrets/renewal.ts'
import { kafkaError, UnknownTopicError } from '../error.ts'
import { CachedClient } from './cached-client.ts'
import { type Client, openClient } from './client.ts'
import type { KafkaSettings } from './settings.ts'
import { topicMetadata } from './topic-metadata.ts'

/** A topic that was just created may be unknown to some brokers for so long. */
const UNKNOWN_TOPIC_MS = 5_000

/** A cluster that is connected to when it is first used, and anew after an error. */
export interface ClusterClient {
  /**
   * One attempt at something, and another one with new secrets when the old ones are refused.
   *
   * @param what fits behind "Could not"
   * @throws CodedError
   */
  attempt<T>(what: string, signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T>
  /**
   * @throws UnknownTopicError retryable for the time that a new one may take to be known everywhere
   * @throws CodedError
   */
  topic(client: Client, topic: string): Promise<ClusterTopicMetadata>
  /** The same, and not from memory. */
  topicNow(client: Client, topic: string): Promise<ClusterTopicMetadata>
  /** The connection to the broker that leads the partition. */
  leader(client: Client, topic: string, partition: number): Promise<Connection>
  close(): Promise<void>
}

/** Connections stay open between invocations; any error closes them, so that restarted and moved brokers are found. */
export function createClusterClient(connection: KafkaSettings, clientId: string): ClusterClient {
  const unknownSince = new Map<string, number>()
  const renewal = new Renewal(connection)
  let openings = 0
  const kept = new CachedClient(
    connection => openClient(connection, clientId, openings++),
    ({ base }) => base.close(),
  )

  async function attemptOnce<T>(
    connection: KafkaSettings,
    what: string,
    signal: AbortSignal,
    use: (client: Client) => Promise<T>,
  ) {
    const opened = kept.of(connection)
    try {
      return await before(signal, opened.client.then(use))
    } catch (thrown) {
      const error = kafkaError(thrown, what)
      if (error.code !== 'KAFKA_RECORD_TOO_LARGE') kept.close(opened).catch(() => {})
      throw error
    }
  }

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
      renewal.run('KAFKA_ACCESS_DENIED', connection => attemptOnce(connection, what, signal, use)),
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
    close: () => kept.close(),
  }
}

/** The client knows no abort: this one stops waiting for it at the signal. */
async function before<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () =>
    aborted.reject(new CodedError('KAFKA_UNAVAILABLE', 'The cluster did not answer in time.', { retryable: true }))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([result, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
