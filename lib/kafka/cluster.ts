import type { API, Base, BaseOptions, ClusterTopicMetadata, Connection } from '@platformatic/kafka'
import { CodedError } from '../failure/error.ts'
import { Renewal } from '../secrets/renewal.ts'
import { type KafkaConnection, platformaticConfig } from './connection.ts'
import { kafkaError, UnknownTopicError } from './error.ts'
import { topicMetadata } from './topic-metadata.ts'

/** How long leaders and partition counts are taken for true. A leader that moved shows in an error before. */
const METADATA_AGE_MS = 30_000

/** A topic that was just created may be unknown to some brokers for so long. */
const UNKNOWN_TOPIC_MS = 5_000

type Library = typeof import('@platformatic/kafka')

/** One client's connections to the brokers of a cluster. */
export interface Client {
  library: Library
  base: Base<BaseOptions>
  /** A connection to any broker that lets us in. */
  anyBroker(): Promise<Connection>
}

/** A cluster that is connected to when it is first used, and anew after an error. */
export interface Cluster {
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
export function createCluster(connection: KafkaConnection, clientId: string): Cluster {
  const unknownSince = new Map<string, number>()
  const renewal = new Renewal(connection)
  let opened: Promise<Client> | undefined
  let openings = 0

  async function open(connection: KafkaConnection): Promise<Client> {
    // Loaded with the first record: most invocations of a dump never send one, and a cold start shouldn't wait for it.
    const library = await import('@platformatic/kafka')
    // Another broker first each time, should one accept connections and never answer.
    const first = openings++ % connection.brokers.length
    const config = platformaticConfig(connection)
    const base = new library.Base({
      ...config,
      clientId,
      bootstrapBrokers: [...config.bootstrapBrokers.slice(first), ...config.bootstrapBrokers.slice(0, first)],
      metadataMaxAge: METADATA_AGE_MS,
      // The invocation's own retry knows how much time is left; the client's would multiply with it.
      retries: 0,
    })
    const anyBroker = async () => {
      const { brokers } = await base.metadata({ topics: [] })
      return await base.connections.getFirstAvailable([...brokers.values()])
    }
    return { library, base, anyBroker }
  }

  /** Requests under way on these connections fail as on broken ones, and are repeated on new ones. */
  async function close(closing = opened): Promise<void> {
    if (opened === closing) opened = undefined
    await closing?.then(({ base }) => base.close())
  }

  async function attemptOnce<T>(
    connection: KafkaConnection,
    what: string,
    signal: AbortSignal,
    use: (client: Client) => Promise<T>,
  ) {
    opened ??= open(connection)
    const client = opened
    try {
      return await before(signal, client.then(use))
    } catch (thrown) {
      const error = kafkaError(thrown, what)
      if (error.code !== 'KAFKA_RECORD_TOO_LARGE') close(client).catch(() => {})
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
      // Without a leader there is no broker, which the client reports as what it is: a matter of time.
      return await client.base.connections.get(brokers.get(leader) as never)
    },
    close,
  }
}

/** A request of the protocol, in the highest version that both sides know. */
export function apiOf<Arguments extends unknown[], Response>(
  { base, library }: Client,
  name: string,
): Promise<API<Arguments, Response>> {
  const { promise, resolve, reject } = Promise.withResolvers<API<Arguments, Response>>()
  base[library.kGetApi]<Arguments, Response>(name, (error, api) => (api ? resolve(api) : reject(error)))
  return promise
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
