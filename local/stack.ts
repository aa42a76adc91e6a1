import { join } from 'node:path'
import { readSections } from '../lib/config/section.ts'
import { storeSection } from '../lib/config/store.ts'
import { isBroker, splitBrokers } from '../lib/kafka/client/broker-list.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import { type KafkaConnections, startKafka } from './kafka-broker.ts'
import type { Progress } from './progress.ts'
import { type StoreAddress, startS3Proxy } from './s3-proxy.ts'

/** A cluster: started here, or the one in KAFKA_BROKERS. */
export interface Cluster {
  /** `host:port` of the listener without authentication, several separated by commas. */
  brokers: string
  /** The ways to connect; a cluster of the environment has only the plaintext one. */
  connections: Pick<KafkaConnections, 'plaintext'> & Partial<KafkaConnections>
  stop(): Promise<void>
}

/** A store: started here, or the one in S3_ENDPOINT. */
export interface Store {
  address: StoreAddress
  stop(): Promise<void>
}

export interface Stack {
  kafka: Cluster
  store: Store
  stop(): Promise<void>
}

interface StackOptions {
  progress: Progress
  /** A folder for data that stays; if not given, it is gone when the stack stops. */
  kept?: string
}

/** Starts a cluster and a store concurrently. If one can't be started, stops the other. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const [kafka, store] = await allOrNone(startCluster(options), startStore(options))
  const stop = async () => {
    await Promise.all([kafka.stop(), store.stop()])
  }
  return { kafka, store, stop }
}

interface Stoppable {
  stop(): Promise<void>
}

/** Waits for all of them to start. If one doesn't, the others are stopped, and the error is the first one's. */
export async function allOrNone<Servers extends Stoppable[]>(
  ...starting: { [Index in keyof Servers]: Promise<Servers[Index]> }
): Promise<Servers> {
  try {
    return (await Promise.all(starting)) as Servers
  } catch (error) {
    const results = await Promise.allSettled(starting)
    await Promise.all(results.map(result => result.status === 'fulfilled' && result.value.stop()))
    throw error
  }
}

/** The cluster in `KAFKA_BROKERS`; if that isn't set, starts one. */
export async function startCluster({ progress, kept }: StackOptions): Promise<Cluster> {
  const brokers = process.env.KAFKA_BROKERS
  if (!brokers) return startKafka({ progress, kept: kept && join(kept, 'kafka') })
  const listed = splitBrokers(brokers)
  const wrong = listed.find(broker => !isBroker(broker))
  if (wrong !== undefined)
    throw new Error(`KAFKA_BROKERS: expected host:port, several separated by commas, got ${wrong}`)
  const plaintext: KafkaSettings = { brokers: listed, securityProtocol: 'PLAINTEXT' }
  progress.done('Kafka from KAFKA_BROKERS', brokers, 0)
  return { brokers, connections: { plaintext }, stop: async () => {} }
}

/** The store in `S3_ENDPOINT`, with the other options of the environment; if that isn't set, starts one. */
export async function startStore({ progress, kept }: StackOptions): Promise<Store> {
  const { S3_ENDPOINT: endpoint } = process.env
  if (!endpoint) return startS3Proxy({ progress, kept: kept && join(kept, 'store') })
  const { store } = readSections(
    { store: storeSection },
    {
      ...process.env,
      S3_BUCKET: process.env.S3_BUCKET || 'any-bucket',
    },
  )
  progress.done('Store from S3_ENDPOINT', endpoint, 0)
  return { address: store, stop: async () => {} }
}
