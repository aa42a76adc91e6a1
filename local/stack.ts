import { readSections } from '../lib/config/section.ts'
import { storeSection } from '../lib/config/store.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import { type KafkaConnections, startKafka } from './kafka-broker.ts'
import type { Progress } from './progress.ts'
import { type StoreAddress, startS3Proxy } from './s3-proxy.ts'

/** A cluster that can be used: one that was started here, or the one that the environment names. */
export interface Cluster {
  /** `host:port`, several with commas, of the listener without authentication. */
  brokers: string
  /** The ways in; a cluster of the environment has the plaintext one only. */
  connections: Pick<KafkaConnections, 'plaintext'> & Partial<KafkaConnections>
  stop(): Promise<void>
}

/** A store that can be used. */
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
}

/** A cluster and a store, side by side. If one can't be started, neither stays. */
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

/** The cluster of `KAFKA_BROKERS`, or else one that is started here. */
export async function startCluster({ progress }: StackOptions): Promise<Cluster> {
  const brokers = process.env.KAFKA_BROKERS
  if (!brokers) return startKafka({ progress })
  const plaintext: KafkaSettings = { brokers: brokers.split(','), securityProtocol: 'PLAINTEXT' }
  progress.done('Kafka as given', brokers, 0)
  return { brokers, connections: { plaintext }, stop: async () => {} }
}

/** The store of `S3_ENDPOINT`, with the other options of the environment, or else one that is started here. */
export async function startStore({ progress }: StackOptions): Promise<Store> {
  const { S3_ENDPOINT: endpoint } = process.env
  if (!endpoint) return startS3Proxy({ progress })
  const { store } = readSections(
    { store: storeSection },
    {
      ...process.env,
      S3_BUCKET: process.env.S3_BUCKET || 'any-bucket',
    },
  )
  progress.done('Store as given', endpoint, 0)
  return { address: store, stop: async () => {} }
}
