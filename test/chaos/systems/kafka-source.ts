import { setTimeout as sleep } from 'node:timers/promises'
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel, PartitionAssigners } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import { consumedHeaders } from '../../../lib/kafka/read/consumed-headers.ts'
import { mended } from '../../../lib/kafka/read/mended-runner.ts'

export interface KafkaSourceOptions {
  connection: KafkaSettings
  topics: readonly string[]
  groupId: string
  url: string
  say(line: string): void
}

/** What `max.poll.records` of the sources’ data plane is set to for larger objects. */
const IN_FLIGHT = 200
/** Without an answer in this time, a request is sent again: `delivery.timeout`. In milliseconds. */
const TIMEOUT_MS = 10_000
/** The first and the longest pause before a request is sent again, in milliseconds. */
const BACKOFF_MS = [200, 2_000] as const

/**
 * What a KafkaSource of Knative is to the server, with `ordering: unordered`: one request for each record, several of a partition
 * at a time, repeated until it is answered; the offset is committed behind records that are all answered. Source:
 * knative-extensions/eventing-kafka-broker, data plane; CloudEvents, "HTTP Protocol Binding", binary content mode.
 */
export class KafkaSource {
  readonly #options: KafkaSourceOptions
  readonly #consumer: Consumer
  readonly #stopping = new AbortController()

  constructor(options: KafkaSourceOptions) {
    this.#options = options
    const client = { ...kafkajsConfig(options.connection), logLevel: logLevel.NOTHING }
    const retry = { initialRetryTime: 200, maxRetryTime: 2_000, retries: Number.MAX_SAFE_INTEGER }
    this.#consumer = new Kafka({ ...client, retry }).consumer({
      ...{ groupId: options.groupId, maxBytesPerPartition: 256 * 1024, metadataMaxAge: 5_000 },
      partitionAssigners: [mended(PartitionAssigners.roundRobin)],
    })
  }

  async start(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true })
    await this.#consumer.run({
      partitionsConsumedConcurrently: 4,
      eachBatchAutoResolve: false,
      eachBatch: payload => this.#deliver(payload),
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#consumer.disconnect()
  }

  async #deliver({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch
    for (let at = 0; at < messages.length; at += IN_FLIGHT) {
      const part = messages.slice(at, at + IN_FLIGHT)
      await Promise.all(part.map(message => this.#send(topic, partition, message, heartbeat)))
      resolveOffset(part.at(-1)?.offset ?? '')
      await commitOffsetsIfNecessary()
    }
    resolveOffset(batch.lastOffset())
  }

  async #send(topic: string, partition: number, message: KafkaMessage, heartbeat: () => Promise<void>): Promise<void> {
    const [first, longest] = BACKOFF_MS
    for (let pause: number = first; ; pause = Math.min(2 * pause, longest)) {
      if (await this.#isTaken(topic, partition, message)) return
      await sleep(pause, undefined, this.#stopping)
      await heartbeat()
    }
  }

  async #isTaken(topic: string, partition: number, message: KafkaMessage): Promise<boolean> {
    try {
      const { status } = await fetch(this.#options.url, {
        method: 'POST',
        headers: cloudEventHeaders(topic, partition, message),
        body: message.value?.length ? new Uint8Array(message.value) : null,
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopping.signal]),
      })
      if (status >= 300) this.#options.say(`${topic}-${partition} ${message.offset} is answered with ${status}`)
      return status < 300
    } catch {
      return false
    }
  }
}

function cloudEventHeaders(topic: string, partition: number, message: KafkaMessage): Record<string, string> {
  const key = message.key?.length ? message.key.toString('base64') : undefined
  const extensions = consumedHeaders(message.headers).map(({ key, value }) => [
    `ce-kafkaheader${key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`,
    value?.toString() ?? '',
  ])
  return {
    'ce-specversion': '1.0',
    'ce-type': 'dev.knative.kafka.event',
    'ce-source': `/apis/v1/namespaces/default/kafkasources/chaos#${topic}`,
    'ce-subject': `partition:${partition}#${message.offset}`,
    'ce-id': `partition:${partition}/offset:${message.offset}`,
    'ce-time': new Date(Number(message.timestamp)).toISOString(),
    ...(key && { 'ce-key': key, 'ce-partitionkey': key }),
    ...Object.fromEntries(extensions),
  }
}
