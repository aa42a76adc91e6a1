import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import { createAndAwait } from '../../../local/topics.ts'
import type { Random } from '../../support/simulation/random.ts'
import { until } from '../until.ts'
import { TopicLoad } from './topic-load.ts'
import type { Truth } from './truth.ts'

export interface LoadOptions {
  /** The source cluster, without the nemesis’ proxies. */
  connection: KafkaSettings
  truth: Truth
  /** How many partitions each topic has. */
  topics: ReadonlyMap<string, number>
  /** How many records are committed, at least. */
  records: number
  perSecond: number
  random: Random
}

/** Produces numbered records into several topics at once, some of them in transactions that are committed or aborted. */
export class Load {
  readonly #options: LoadOptions
  readonly #topics: Map<string, TopicLoad>
  readonly #admin: Admin
  isProducing = false

  constructor(options: LoadOptions) {
    const { connection, topics, random } = options
    this.#options = options
    this.#topics = new Map(
      Array.from(topics, ([topic, partitions]) => [topic, new TopicLoad(connection, topic, partitions, random)]),
    )
    const retry = { retries: 30, maxRetryTime: 1_000 }
    this.#admin = new Kafka({ ...kafkajsConfig(connection), logLevel: logLevel.NOTHING, retry }).admin()
  }

  /** Creates the topics. */
  async open(): Promise<void> {
    await this.#admin.connect()
    await this.#create(Array.from(this.#topics.values()))
  }

  /** Produces a record into each partition: a system that has delivered these is connected and at work. */
  async warmUp(): Promise<void> {
    await this.#end()
  }

  /** Produces everything. Resolves when the brokers have it. */
  async produce(): Promise<void> {
    const { records, perSecond } = this.#options
    const share = (total: number) => Math.ceil(total / this.#topics.size)
    this.isProducing = true
    await Promise.all(Array.from(this.#topics.values(), topic => topic.produce(share(records), share(perSecond))))
    this.isProducing = false
    await this.#end()
  }

  /** Adds partitions to a topic, and uses them. */
  async addPartitions(topic: string, count: number): Promise<void> {
    const load = this.#topic(topic)
    const partitions = load.partitions + count
    const isThere = async () => (await this.#admin.fetchTopicOffsets(topic)).length === partitions
    // The cluster refuses it while a broker is away, as it has too few for the replicas.
    const isDone = async () => {
      if (await isThere()) return true
      await this.#admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
      return await isThere()
    }
    await until(isDone, `${topic} has ${partitions} partitions`)
    load.partitions = partitions
  }

  /**
   * Deletes a topic and creates it again. Meanwhile nothing is produced.
   *
   * @param delivered waits until all of the old one is delivered, and prepares the systems for the new one
   */
  async recreate(topic: string, delivered: () => Promise<void>): Promise<void> {
    const loads = Array.from(this.#topics.values())
    await Promise.all(loads.map(load => load.pause()))
    await Promise.all(loads.map(load => this.#options.truth.read(load.topic)))
    await delivered()
    await this.#admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await this.#admin.listTopics()).includes(topic), `${topic} is deleted`)
    // The cluster refuses it while a broker is away, as it has too few for the replicas.
    const isDone = async () => {
      await this.#create([this.#topic(topic)])
      return true
    }
    await until(isDone, `${topic} is created again`)
    await Promise.all(loads.map(load => load.resume()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#admin.disconnect(), ...Array.from(this.#topics.values(), topic => topic.close())])
  }

  async #end(): Promise<void> {
    await Promise.all(Array.from(this.#topics.values(), topic => topic.end()))
  }

  async #create(topics: TopicLoad[]): Promise<void> {
    await createAndAwait(
      this.#admin,
      topics.map(({ topic, partitions }) => ({ topic, numPartitions: partitions })),
    )
  }

  #topic(topic: string): TopicLoad {
    const load = this.#topics.get(topic)
    if (!load) throw new Error(`The load has no topic ${topic}.`)
    return load
  }
}
