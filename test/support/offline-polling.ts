import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, Kafka, type KafkaMessage, logLevel, type Message, type Producer } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { type EventSourceMapping, undeclaredRules } from '../../lib/offline/mapping/event-source-mapping.ts'
import { Poller, type PollerOptions } from '../../lib/offline/poller/poller.ts'
import { createAndAwait } from '../../local/topics.ts'
import { stack, uniqueName } from './stack.ts'

export interface EventRecord {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key?: string
  value?: string
}

export interface KafkaEvent {
  eventSource: string
  bootstrapServers: string
  records: Record<string, EventRecord[]>
}

/** Answers an event like a function; the number counts its calls from 1. */
type Handler = (event: KafkaEvent, call: number, payload: string) => unknown

const connection: KafkaSettings = stack.connections.plaintext
const patienceMs = 90_000

/** Waits until a condition holds. A rejection means that it does not hold yet: coordinators load, brokers start. */
export async function until(condition: () => unknown, what: string, milliseconds = patienceMs): Promise<void> {
  const deadline = performance.now() + milliseconds
  let reason = ''
  const holds = async () => {
    try {
      return await condition()
    } catch (error) {
      reason = `: ${(error as Error).message}`
      return false
    }
  }
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not so after ${milliseconds / 1000} s: ${what}${reason}`)
    await sleep(20)
  }
}

/** Gives a test a cluster, and afterwards stops what the test started there. */
export async function withCluster(connection: KafkaSettings, use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = new Cluster(connection)
  try {
    await cluster.open()
    await use(cluster)
  } finally {
    await cluster.close()
  }
}

/** `partition:offset` of all records of an event. */
export function placesOf(event: KafkaEvent): string[] {
  return Object.values(event.records).flatMap(list => list.map(({ partition, offset }) => `${partition}:${offset}`))
}

/** `partition:offset` of the records of a partition from one offset to another, inclusive. */
export function places(partition: number, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${partition}:${from + index}`)
}

/** A cluster as tests use it. `close` stops everything that it started. */
export class Cluster {
  readonly connection: KafkaSettings
  readonly #admin: Admin
  readonly #producer: Producer
  readonly #pollers: Polling[] = []

  constructor(to = connection) {
    const kafka = new Kafka({
      ...kafkajsConfig(to),
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1_000 },
    })
    this.connection = to
    this.#admin = kafka.admin()
    this.#producer = kafka.producer({ allowAutoTopicCreation: false })
  }

  async open(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()])
  }

  async close(): Promise<void> {
    await this.stopAll()
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()])
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#pollers.splice(0).map(polling => polling.stop()))
  }

  async createTopic(numPartitions: number, topic = `offline-${randomUUID()}`): Promise<string> {
    // Larger than usual, so that a record may be too large for a payload.
    const configEntries = [{ name: 'max.message.bytes', value: '10000000' }]
    await createAndAwait(this.#admin, [{ topic, numPartitions, configEntries }])
    return topic
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] })
    // The answer comes before the broker has done it: until then, what is sent to the topic is taken, and gone with it.
    const isGone = async () => !(await this.#admin.listTopics()).includes(topic)
    await until(isGone, `${topic} is deleted`)
  }

  async topics(): Promise<string[]> {
    return await this.#admin.listTopics()
  }

  /** Writes values to a partition, in their order. */
  async produce(
    topic: string,
    partition: number,
    values: (string | Buffer | Omit<Message, 'partition'>)[],
  ): Promise<void> {
    const messages = values.map(value =>
      typeof value === 'string' || Buffer.isBuffer(value) ? { value, partition } : { ...value, partition },
    )
    await this.#producer.send({ topic, messages })
  }

  /** The committed offset per partition; -1 without one. */
  async committed(groupId: string, topic: string): Promise<number[]> {
    const [offsets] = await this.#admin.fetchOffsets({ groupId, topics: [topic] })
    return (offsets?.partitions ?? []).toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset))
  }

  /** The offset after the last record of each partition, asked of the cluster itself: a client remembers partitions. */
  async ends(topic: string): Promise<number[]> {
    const admin = new Kafka({ ...kafkajsConfig(this.connection), logLevel: logLevel.NOTHING }).admin()
    let offsets: Awaited<ReturnType<Admin['fetchTopicOffsets']>> = []
    const answers = async () => {
      offsets = await admin.fetchTopicOffsets(topic)
      return true
    }
    await admin.connect()
    try {
      // A broker knows of a new topic before it leads its partitions.
      await until(answers, `the ends of ${topic} are known`)
      return offsets.toSorted((x, y) => x.partition - y.partition).map(({ high }) => Number(high))
    } finally {
      await admin.disconnect()
    }
  }

  /** How many records a topic has had. */
  async count(topic: string): Promise<number> {
    return (await this.ends(topic)).reduce((sum, end) => sum + end, 0)
  }

  /** Waits until a group has committed the end of each partition that has records. */
  async untilRead(groupId: string, topic: string): Promise<void> {
    let ends = await this.ends(topic)
    const isRead = async () => {
      const committed = await this.committed(groupId, topic)
      if (ends.some((end, partition) => end > Math.max(committed[partition] ?? 0, 0))) return false
      ends = await this.ends(topic)
      return ends.every((end, partition) => end === 0 || committed[partition] === end)
    }
    await until(isRead, `all of ${topic} is delivered`)
  }

  /** The first `count` records of a topic, by partition and in their order. */
  async read(topic: string, count: number): Promise<Map<number, KafkaMessage[]>> {
    const kafka = new Kafka({ ...kafkajsConfig(this.connection), logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: uniqueName('reader') })
    const records = new Map<number, KafkaMessage[]>()
    let read = 0
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        eachMessage: async ({ partition, message }) => {
          records.set(partition, [...(records.get(partition) ?? []), message])
          read += 1
        },
      })
      await until(() => read >= count, `${count} records of ${topic} are read`)
      return records
    } finally {
      await consumer.disconnect()
    }
  }

  /** How many members a group has. */
  async members(groupId: string): Promise<number> {
    const { groups } = await this.#admin.describeGroups([groupId])
    return groups[0]?.state === 'Stable' ? groups[0].members.length : 0
  }

  /** Whether the group's partitions are being given to its members. */
  async isRebalancing(groupId: string): Promise<boolean> {
    const { groups } = await this.#admin.describeGroups([groupId])
    return groups[0]?.state === 'PreparingRebalance' || groups[0]?.state === 'CompletingRebalance'
  }

  /** Polls a topic with a function in this process. */
  poll(
    topic: string,
    handler: Handler,
    mapping: Partial<EventSourceMapping> = {},
    options: Pick<PollerOptions, 'schemas' | 'uuid' | 'lagPauseMs' | 'partialResponses'> = {},
  ): Polling {
    const polling = new Polling(this.connection, topic, handler, { mapping, options })
    this.#pollers.push(polling)
    return polling
  }
}

/** A running poller, and what its function received. */
export class Polling {
  readonly events: KafkaEvent[] = []
  readonly payloads: string[] = []
  readonly lines: string[] = []
  readonly lags: number[] = []
  readonly groupId: string
  readonly #poller: Poller

  constructor(
    connection: KafkaSettings,
    topic: string,
    handler: Handler,
    { mapping, options }: { mapping: Partial<EventSourceMapping>; options: Partial<PollerOptions> },
  ) {
    const say = (line: string) => this.lines.push(line)
    this.groupId = mapping.consumerGroupId ?? `group-${randomUUID()}`
    this.#poller = new Poller({
      ...options,
      mapping: {
        functionKey: 'dump',
        functionName: 'shop-dev-dump',
        eventSource: 'SelfManagedKafka',
        bootstrapServers: connection.brokers,
        topic,
        batchSize: 100,
        batchingWindowMs: 100,
        ...undeclaredRules,
        ...mapping,
        consumerGroupId: this.groupId,
      },
      connection,
      onLag: records => this.lags.push(records),
      log: { info: say, notice: say, warning: say, error: say },
      invoke: async bytes => {
        const payload = bytes.toString()
        const event = JSON.parse(payload) as KafkaEvent
        this.payloads.push(payload)
        return await handler(event, this.events.push(event), payload)
      },
    })
    void this.#poller.start()
  }

  /** All records received, in their order, repetitions included. */
  get received(): string[] {
    return this.events.flatMap(placesOf)
  }

  get lastResult(): string {
    return this.#poller.lastResult
  }

  async stop(): Promise<void> {
    await this.#poller.stop()
  }
}
