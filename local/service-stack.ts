import { join } from 'node:path'
import { localTarget } from '../lib/connectors/local.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { openBucket } from './bucket.ts'
import type { Declared } from './declared.ts'
import { startKafka } from './kafka-broker.ts'
import { storeEnvironment } from './offline-service.ts'
import type { Progress } from './progress.ts'
import { type Stack, startStack } from './stack.ts'
import { createTopics } from './topics.ts'

/** The partitions of topics that are created for a service. */
const PARTITIONS = 3

/** What a service runs against on this machine: a cluster, a store with a bucket, and a second cluster once a connector needs one. */
export class ServiceStack {
  readonly bucket: StoreSettings
  readonly #stack: Stack
  readonly #options: { progress: Progress; kept?: string }
  #target: { brokers: string; stop(): Promise<void> } | undefined

  private constructor(stack: Stack, options: { progress: Progress; kept?: string }) {
    this.#stack = stack
    this.#options = options
    this.bucket = { ...stack.store.address, bucket: process.env.S3_BUCKET || 'kafka-dump' }
  }

  /** @param options.kept a folder for data that stays; if not given, it is gone when the stack stops */
  static async start(options: { progress: Progress; kept?: string }): Promise<ServiceStack> {
    const stack = new ServiceStack(await startStack(options), options)
    await openBucket(stack.bucket)
    return stack
  }

  get brokers(): string {
    return this.#stack.kafka.brokers
  }

  /** The brokers of the second cluster, if there is one. */
  get target(): string | undefined {
    return this.#target?.brokers
  }

  /** The service's variables. */
  get environment(): Record<string, string> {
    return { ...storeEnvironment(this.bucket), KAFKA_BROKERS: this.brokers, ...this.#targetEnvironment }
  }

  get #targetEnvironment(): Record<string, string> {
    return this.#target ? { TARGET_KAFKA_BROKERS: this.#target.brokers } : {}
  }

  /** Creates what the declaration needs and isn't there yet: topics, and the second cluster. */
  async prepare({ topics, targetTopics, hasTarget }: Declared): Promise<void> {
    if (hasTarget) this.#target ??= await this.#startTarget()
    await createMissing(this.#stack.kafka.connections.plaintext, topics)
    await createMissing(localTarget({ ...process.env, ...this.#targetEnvironment }), targetTopics)
  }

  async stop(): Promise<void> {
    await Promise.all([this.#target?.stop(), this.#stack.stop()])
  }

  /** The cluster in `TARGET_KAFKA_BROKERS`, or one that is started here. */
  async #startTarget(): Promise<{ brokers: string; stop(): Promise<void> }> {
    const { progress, kept } = this.#options
    const { TARGET_KAFKA_BROKERS: given } = process.env
    if (!given) return await startKafka({ progress, name: 'Kafka “target”', kept: kept && join(kept, 'target') })
    progress.done('Target from environment', given, 0)
    return { brokers: given, stop: async () => {} }
  }
}

async function createMissing(cluster: KafkaSettings | undefined, topics: string[]): Promise<void> {
  if (cluster && topics.length > 0)
    await createTopics(cluster, Object.fromEntries(topics.map(topic => [topic, PARTITIONS])))
}
